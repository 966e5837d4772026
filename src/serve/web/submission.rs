//! `/preflights/{id}/submission`: send what was proven, after a second word.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::home::{chosen, lines};
use super::preflight;
use super::words::{When, shown, shown_lines};
use crate::serve::extract::{Form, Segment};
use crate::serve::problem::{Kind, Problem};
use crate::serve::routes::submission::{SubmitParams, submit};
use crate::serve::service::Service;
use crate::serve::submission::{SentRequest, SubmissionBody};

/// What the page says of sending.
pub(super) struct Submission {
    pub(super) is_open: bool,
    /// Until when what was proven may be sent.
    pub(super) until: When,
    pub(super) is_over: bool,
    /// Whether the request was not kept, and is needed again.
    pub(super) needs_document: bool,
    /// The `Idempotency-Key` of this page: the form sent twice sends once.
    pub(super) key: Uuid,
    /// The sending of which nobody knows what came.
    pub(super) attempt: Option<String>,
    pub(super) last: Option<Sent>,
}

/// What came of the last submission.
pub(super) struct Sent {
    /// The class that colours it.
    pub(super) class: &'static str,
    pub(super) words: &'static str,
    pub(super) requests: Vec<SentOne>,
}

/// What came of one request.
pub(super) struct SentOne {
    pub(super) operation: String,
    pub(super) words: &'static str,
    pub(super) class: &'static str,
    /// The service's own id of its answer.
    pub(super) request_id: Option<String>,
    pub(super) url: Option<String>,
    pub(super) finished_at: Option<When>,
    pub(super) attempts: usize,
    /// The whole receipt.
    pub(super) receipt: Option<String>,
}

impl From<SubmissionBody> for Sent {
    fn from(body: SubmissionBody) -> Self {
        let (words, class) = told(body.state.as_str());
        Self { class, words, requests: body.requests.iter().map(SentOne::of).collect() }
    }
}

impl SentOne {
    fn of(sent: &SentRequest) -> Self {
        let receipt = sent.receipt.as_ref();
        let text = |name: &str| receipt.and_then(|it| it[name].as_str()).map(shown);
        let (words, class) = told(sent.state.as_str());
        Self {
            operation: shown(&sent.operation),
            words,
            class,
            request_id: text("request_id"),
            url: text("url"),
            finished_at: receipt.and_then(|it| it["finished_at"].as_str()?.parse().ok()).map(When),
            attempts: receipt.and_then(|it| it["attempts"].as_array()).map_or(0, Vec::len),
            receipt: receipt.map(|it| shown_lines(&format!("{it:#}"))),
        }
    }
}

/// What a state means, and the class that colours it.
fn told(state: &str) -> (&'static str, &'static str) {
    match state {
        "accepted" => ("accepted", "pass"),
        "accepted-before" => ("accepted before; nothing was sent now", "pass"),
        "not-sent" => ("not sent", "undetermined"),
        "rejected" => ("rejected", "fail"),
        _ => ("unknown: nobody knows what came of it", "undetermined"),
    }
}

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    key: Uuid,
    #[serde(default)]
    confirmed: bool,
    #[serde(default)]
    again: bool,
    #[serde(default)]
    document: String,
    #[serde(default)]
    attempt: String,
    #[serde(default)]
    resolve: String,
}

impl Wanted {
    fn params(&self) -> Result<SubmitParams, Problem> {
        let resolve = chosen(&self.resolve).map(|word| serde_json::from_value(Value::from(word)));
        let resolve = resolve.transpose().map_err(|_| {
            Problem::new(Kind::BadRequest, "What came of it is accepted or not-accepted.")
        })?;
        let attempt = chosen(&self.attempt).map(str::to_owned);
        Ok(SubmitParams { again: self.again, resolve, attempt })
    }
}

/// Sends what was proven, and shows what came of it beside the report.
pub(super) async fn create(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    match send(&service, id, wanted).await {
        Ok(()) => Ok(Redirect::to(&format!("/preflights/{id}#submission")).into_response()),
        Err(problem) => preflight::show_with(&service, id, Some(problem)).await,
    }
}

async fn send(service: &Service, id: Uuid, wanted: Wanted) -> Result<(), Problem> {
    if !wanted.confirmed {
        let detail = "Nothing was sent: say that you want it to be sent.";
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let wishes = wanted.params()?.wishes()?;
    let document = chosen(&wanted.document).map(|text| lines(text.to_owned())).unwrap_or_default();
    submit(service, id, wanted.key.to_string(), wishes, document.into()).await.map(drop)
}
