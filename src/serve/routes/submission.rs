//! `/v1/preflights/{id}/submission`: send what was proven.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;

use super::preflights::{find, found};
use crate::eventbridge::journal::Resolution;
use crate::request;
use crate::serve::admission;
use crate::serve::audit::Audited;
use crate::serve::extract::{Params, Segment};
use crate::serve::jobs::{self, Slot};
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::{Begun, Lease, Preflight};
use crate::serve::submission::{self, Ready, SubmissionBody, Wishes};

/// Seconds after which to look again for what is in progress.
const RETRY_AFTER: u64 = 2;

/// What the caller says of an earlier sending.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitParams {
    /// Send although the very same was accepted before, for example because its password is another
    #[serde(default)]
    pub(in crate::serve) again: bool,
    /// What came of an earlier sending of which nobody knows, once you have looked
    #[param(value_type = Option<String>, pattern = "^(accepted|not-accepted)$")]
    pub(in crate::serve) resolve: Option<Resolution>,
    /// Which sending that is: the `attempt` of the problem that told of it
    pub(in crate::serve) attempt: Option<String>,
}

impl SubmitParams {
    pub(in crate::serve) fn wishes(self) -> Result<Wishes, Problem> {
        let resolve = match (self.attempt, self.resolve) {
            (Some(attempt), Some(resolution)) => Some((attempt, resolution)),
            (None, None) => None,
            _ => {
                let detail = "resolve and attempt belong together.";
                return Err(Problem::new(Kind::BadRequest, detail));
            }
        };
        Ok(Wishes { again: self.again, resolve })
    }
}

/// Send what was proven
///
/// Only through an open gate that is not too old, after the facts were read once more and found the
/// same. An `Idempotency-Key` is worth one submission: the same key gives the same answer. A
/// preflight whose request was not kept needs it again as the body.
///
/// What the service answered, be it a refusal, is the result (200). A problem means that nothing
/// was sent by this call.
#[utoipa::path(
    post, path = "/v1/preflights/{id}/submission", tag = "preflights",
    params(
        ("id" = Uuid, Path), SubmitParams,
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(
        description = "The request with its secrets, where it was not kept",
        content(
            (Option<String> = "application/yaml"),
            (Option<serde_json::Value> = "application/json"),
        ),
    ),
    responses(
        (status = 200, body = SubmissionBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The operator lets nobody connect to a target"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The gate is closed, what was proven is no longer so, or nobody knows \
                           what came of an earlier sending"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Params(params): Params<SubmitParams>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(Extension<Audited>, Json<SubmissionBody>), Problem> {
    submit(&service, id, key(&headers)?, params.wishes()?, body).await.map(answered)
}

/// The answer, with what came of it for the audit log.
fn answered(body: SubmissionBody) -> (Extension<Audited>, Json<SubmissionBody>) {
    let audited = Audited { resource: None, outcome: Some(body.outcome()) };
    (Extension(audited), Json(body))
}

/// Sends what a preflight proved, once for a key; `body` is its document, where it was not kept.
pub(in crate::serve) async fn submit(
    service: &Service,
    id: Uuid,
    key: String,
    wishes: Wishes,
    body: Bytes,
) -> Result<SubmissionBody, Problem> {
    let preflight = find(service, id).await?;
    let all = ready(service, &preflight, body).await?;
    let lease = Lease::new(service.config.lease);
    let fingerprint = Ready::fingerprint(&all, id);
    match service.store.begin(key.clone(), id, fingerprint, lease).await? {
        Begun::Yours => {}
        Begun::Done(answer) => return serde_json::from_value(answer).map_err(jobs::unreadable),
        Begun::InProgress => {
            let detail = "A submission with this key is in progress.";
            return Err(Problem::new(Kind::Conflict, detail).retry_after(RETRY_AFTER));
        }
        Begun::Reused => {
            let detail = "The Idempotency-Key was used for another request.";
            return Err(Problem::new(Kind::KeyReused, detail));
        }
    }
    let Some(slot) = jobs::slot(service).await else {
        service.store.forget(key, lease.worker).await?;
        let detail = "This node does as much as the operator allows.";
        return Err(Problem::new(Kind::QueueFull, detail).retry_after(RETRY_AFTER));
    };
    // It goes on whatever becomes of the caller: nothing is left half sent.
    let sending = send(service.clone(), key, lease, id, all, wishes, slot);
    let sent = service.tasks.spawn(sending).await;
    sent.unwrap_or_else(|error| {
        tracing::error!(%error, "a submission broke off");
        Err(Problem::new(Kind::Internal, "The submission broke off."))
    })
}

async fn send(
    service: Service,
    key: String,
    lease: Lease,
    id: Uuid,
    all: Vec<Ready>,
    wishes: Wishes,
    _slot: Slot,
) -> Result<SubmissionBody, Problem> {
    match Box::pin(submission::send_all(&service, id, all, wishes)).await {
        Ok(body) => {
            // Where this is lost the journal still knows what was sent.
            let recorded = service.store.end(key, lease.worker, json!(body)).await;
            if !matches!(recorded, Ok(true)) {
                tracing::error!(preflight = %id, "the answer to a submission is not recorded");
            }
            Ok(body)
        }
        Err(problem) => {
            service.store.forget(key, lease.worker).await?;
            Err(problem)
        }
    }
}

/// The last submission of a preflight
#[utoipa::path(
    get, path = "/v1/preflights/{id}/submission", tag = "preflights",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = SubmissionBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
) -> Result<Json<SubmissionBody>, Problem> {
    let answer = last(&service, id).await?;
    answer
        .map(Json)
        .ok_or_else(|| Problem::new(Kind::NotFound, "Nothing was submitted of this preflight."))
}

/// What came of the last submission of a preflight.
pub(in crate::serve) async fn last(
    service: &Service,
    id: Uuid,
) -> Result<Option<SubmissionBody>, Problem> {
    let answer = service.store.submission(id).await?;
    answer.map(serde_json::from_value).transpose().map_err(jobs::unreadable)
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.map(str::trim).filter(|key| (1..=255).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(|| {
        let detail = "An Idempotency-Key of 1 to 255 printable characters is needed.";
        Problem::new(Kind::BadRequest, detail)
    })
}

/// The requests to be sent: those that were kept, or those of the body.
async fn ready(
    service: &Service,
    preflight: &Preflight,
    body: Bytes,
) -> Result<Vec<Ready>, Problem> {
    let found = found(preflight)?;
    let document = match (&preflight.document, body.is_empty()) {
        (Some(document), true) => document.clone().into_bytes(),
        (_, false) => body.into(),
        (None, true) => {
            let detail = "The request was not kept, as it carried a secret: send it again.";
            return Err(Problem::new(Kind::InvalidDocument, detail));
        }
    };
    let (action, secrets) = (preflight.action.as_deref(), &service.config.secrets);
    let loaded = request::load_document("body", document, action, secrets)
        .map_err(|problems| Problem::of_document(&problems))?;
    let destinations = admission::admit(&service.config, &loaded.requests).await?;
    let proven_at = preflight.finished_at.unwrap_or(preflight.created_at);
    submission::prepare(service, found, proven_at, loaded.requests, &destinations)
}
