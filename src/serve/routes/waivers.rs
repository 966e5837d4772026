//! `/v1/waivers`: who accepts which findings, and until when.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::name::check_name;
use crate::gate::{Expiry, Rules, WaiverDraft, everything};
use crate::serve::extract::{Body, Segment};
use crate::serve::problem::{Fault, Kind, Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::{NamedWaiver, StoredWaiver};

/// What a waiver says. The rules are those of waiver files.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaiverInput {
    /// The checks: an id, or a pattern of ids. A required check is waived by its id only.
    #[schema(example = "postgres/row-security")]
    check: String,
    /// The subjects, for example `public.*`.
    #[serde(default = "everything")]
    subject: String,
    /// The sources, as `database@host:port`.
    #[serde(default = "everything")]
    target: String,
    /// Why it is accepted.
    reason: String,
    /// Who answers for it.
    owner: String,
    /// The last day (UTC) on which it holds.
    #[schema(format = Date)]
    expires: String,
}

/// A stored waiver.
#[derive(Serialize, ToSchema)]
#[schema(as = Waiver)]
pub(crate) struct WaiverBody {
    name: String,
    check: String,
    subject: String,
    target: String,
    reason: String,
    owner: String,
    /// The last day (UTC) on which it holds.
    #[schema(format = Date)]
    expires: String,
    /// How far it is from its end.
    state: WaiverState,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// How far a waiver is from its end.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WaiverState {
    /// It holds.
    Active,
    /// It holds, but not for long.
    Expiring,
    /// It no longer applies.
    Expired,
}

impl From<WaiverInput> for WaiverDraft {
    fn from(it: WaiverInput) -> Self {
        Self {
            check: it.check,
            subject: it.subject,
            target: it.target,
            reason: it.reason,
            owner: it.owner,
            expires: it.expires,
        }
    }
}

impl WaiverBody {
    fn new(stored: StoredWaiver, now: Timestamp) -> Self {
        let NamedWaiver { name, waiver } = stored.named;
        let warn_days = Rules::default().warn_days;
        let state = match waiver.read("").map(|waiver| waiver.expiry(now, warn_days)) {
            Ok(Expiry::Far) => WaiverState::Active,
            Ok(Expiry::Soon { .. }) => WaiverState::Expiring,
            // One that is no longer understood does not apply either.
            Ok(Expiry::Past) | Err(_) => WaiverState::Expired,
        };
        Self {
            name,
            check: waiver.check,
            subject: waiver.subject,
            target: waiver.target,
            reason: waiver.reason,
            owner: waiver.owner,
            expires: waiver.expires,
            state,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

/// Every waiver, by name
#[utoipa::path(get, path = "/v1/waivers", tag = "waivers", responses(
    (status = 200, body = Vec<WaiverBody>),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(service): State<Service>) -> Result<Json<Vec<WaiverBody>>, Problem> {
    let (waivers, now) = (service.store.waivers().await?, Timestamp::now());
    Ok(Json(waivers.into_iter().map(|stored| WaiverBody::new(stored, now)).collect()))
}

/// One waiver
#[utoipa::path(
    get, path = "/v1/waivers/{name}", tag = "waivers", params(("name" = String, Path)),
    responses(
        (status = 200, body = WaiverBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<Json<WaiverBody>, Problem> {
    find(&service, name).await.map(Json)
}

/// Store a waiver, in place of the one of that name if there is one
///
/// It holds for preflights that end from now on. The reports of those that ended before, and their
/// gates, stay as they are. What is sent is judged once more, under the waivers of that moment.
#[utoipa::path(
    put, path = "/v1/waivers/{name}", tag = "waivers",
    params(("name" = String, Path, description = "1 to 64 letters, digits, `-`, `_` and `.`",
        pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")), request_body = WaiverInput,
    responses(
        (status = 200, body = WaiverBody, description = "It is changed"),
        (status = 201, body = WaiverBody, description = "It is new"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Body(input): Body<WaiverInput>,
) -> Result<(StatusCode, Json<WaiverBody>), Problem> {
    check_name(&name)?;
    let waiver = checked(input.into())?;
    let named = NamedWaiver { name: name.clone(), waiver };
    let status = match service.store.create_waiver(named.clone()).await? {
        true => StatusCode::CREATED,
        false => {
            service.store.replace_waiver(named).await?;
            StatusCode::OK
        }
    };
    tracing::info!(name, "a waiver is stored");
    Ok((status, Json(find(&service, name).await?)))
}

/// Remove a waiver; reports that it was a part of stay as they are
#[utoipa::path(
    delete, path = "/v1/waivers/{name}", tag = "waivers", params(("name" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<StatusCode, Problem> {
    check_name(&name)?;
    match service.store.remove_waiver(name.clone()).await? {
        true => {
            tracing::info!(name, "a waiver is removed");
            Ok(StatusCode::NO_CONTENT)
        }
        false => Err(none()),
    }
}

async fn find(service: &Service, name: String) -> Result<WaiverBody, Problem> {
    check_name(&name)?;
    let stored = service.store.waiver(name).await?.ok_or_else(none)?;
    Ok(WaiverBody::new(stored, Timestamp::now()))
}

fn none() -> Problem {
    Problem::new(Kind::NotFound, "There is no such waiver.")
}

/// The waiver without what stands around its words, once everything that can be wrong was looked
/// for.
fn checked(draft: WaiverDraft) -> Result<WaiverDraft, Problem> {
    let waiver = draft.read("").map_err(|faults| {
        let faults = faults.into_iter().map(|fault| {
            Fault::of_member(&format!("/{}", fault.member), fault.message, fault.help)
        });
        Problem::of_faults(faults.collect())
    })?;
    Ok(WaiverDraft {
        check: waiver.check.as_str().to_owned(),
        subject: waiver.subject.as_str().to_owned(),
        target: waiver.target.as_str().to_owned(),
        reason: waiver.reason.untrusted().to_owned(),
        owner: waiver.owner.untrusted().to_owned(),
        expires: waiver.expires.to_string(),
    })
}
