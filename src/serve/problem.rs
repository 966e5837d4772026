//! What goes wrong, as `application/problem+json` (RFC 9457).

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Challenge;
use super::observe::REQUEST_ID;
use super::store::StoreError;
use super::web;
use crate::request::{Problems, Severity};

/// The media type of problems.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// A kind of problem. Its name is a part of the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The request is not understood.
    BadRequest,
    /// What is asked for contradicts what is there.
    Conflict,
    /// A required check does not hold: nothing is sent.
    GateClosed,
    /// What was proven is no longer so: nothing is sent.
    Drifted,
    /// Nobody knows what came of an earlier sending.
    OutcomeUnknown,
    /// A key for another request than the one before.
    KeyReused,
    /// The caller has not shown who it is.
    Unauthorized,
    /// The caller may not do that.
    Forbidden,
    /// The operator lets nobody connect there.
    TargetRefused,
    /// The caller lacks a scope.
    InsufficientScope,
    /// An answer in none of the forms that the caller takes.
    NotAcceptable,
    /// There is no such thing.
    NotFound,
    /// The resource does not do that.
    MethodNotAllowed,
    /// What is asked for is not there yet.
    NotFinished,
    /// Too much waits already.
    QueueFull,
    /// The document has faults.
    InvalidDocument,
    /// The request carries secrets, and would have to wait with them.
    SecretsInRequest,
    /// The body is too large.
    TooLarge,
    /// The body has a form that is not understood.
    UnsupportedMediaType,
    /// Too many requests at the same time.
    Busy,
    /// Too many requests of one caller.
    RateLimited,
    /// The service, or what it stands on, does not work now.
    Unavailable,
    /// The service has a fault.
    Internal,
    /// It took too long.
    TimedOut,
}

impl Kind {
    const ALL: [Self; 24] = [
        Self::BadRequest,
        Self::Conflict,
        Self::GateClosed,
        Self::Drifted,
        Self::OutcomeUnknown,
        Self::KeyReused,
        Self::Unauthorized,
        Self::Forbidden,
        Self::TargetRefused,
        Self::InsufficientScope,
        Self::NotAcceptable,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotFinished,
        Self::QueueFull,
        Self::InvalidDocument,
        Self::SecretsInRequest,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Busy,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
        Self::TimedOut,
    ];

    /// Its name in the URL of its page, its title, and the status that it is sent with.
    fn described(self) -> (&'static str, &'static str, StatusCode) {
        match self {
            Self::BadRequest => {
                ("bad-request", "The request is not understood", StatusCode::BAD_REQUEST)
            }
            Self::Conflict => ("conflict", "That contradicts what is there", StatusCode::CONFLICT),
            Self::GateClosed => {
                ("gate-closed", "The gate is closed, and nothing was sent", StatusCode::CONFLICT)
            }
            Self::Drifted => (
                "drifted",
                "What was proven is no longer so, and nothing was sent",
                StatusCode::CONFLICT,
            ),
            Self::OutcomeUnknown => (
                "outcome-unknown",
                "Nobody knows what came of an earlier sending",
                StatusCode::CONFLICT,
            ),
            Self::KeyReused => (
                "key-reused",
                "The key was used for another request",
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            Self::Unauthorized => {
                ("unauthorized", "Nobody knows who you are", StatusCode::UNAUTHORIZED)
            }
            Self::Forbidden => ("forbidden", "That is not allowed here", StatusCode::FORBIDDEN),
            Self::TargetRefused => {
                ("target-refused", "The operator lets nobody connect there", StatusCode::FORBIDDEN)
            }
            Self::InsufficientScope => {
                ("insufficient-scope", "A scope is missing", StatusCode::FORBIDDEN)
            }
            Self::NotAcceptable => {
                ("not-acceptable", "There is no such form of it", StatusCode::NOT_ACCEPTABLE)
            }
            Self::NotFound => ("not-found", "There is no such thing", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                "The resource does not do that",
                StatusCode::METHOD_NOT_ALLOWED,
            ),
            Self::NotFinished => {
                ("not-finished", "There is no report yet, or none will come", StatusCode::CONFLICT)
            }
            Self::QueueFull => {
                ("queue-full", "Too much waits already", StatusCode::TOO_MANY_REQUESTS)
            }
            Self::InvalidDocument => {
                ("invalid-document", "The document has faults", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::SecretsInRequest => (
                "secrets-in-request",
                "A request with secrets in it cannot wait",
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            Self::TooLarge => ("too-large", "The body is too large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                "The body has a form that is not understood",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            Self::Busy => ("busy", "Too much at the same time", StatusCode::TOO_MANY_REQUESTS),
            Self::RateLimited => {
                ("rate-limited", "Too many requests of yours", StatusCode::TOO_MANY_REQUESTS)
            }
            Self::Unavailable => {
                ("unavailable", "It does not work now", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Internal => {
                ("internal", "The service has a fault", StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::TimedOut => ("timed-out", "It took too long", StatusCode::GATEWAY_TIMEOUT),
        }
    }

    /// The kind for an answer that the layers below gave without saying why.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let same = |kind: &Self| kind.described().2 == status;
        Self::ALL.into_iter().find(same).unwrap_or(match status.is_client_error() {
            true => Self::BadRequest,
            false => Self::Internal,
        })
    }
}

/// Something that went wrong, for the caller. It holds no secret.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<Fault>,
    reasons: Vec<String>,
    attempt: Option<String>,
    retry_after: Option<u64>,
    challenge: Option<Challenge>,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The page about this kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-document")]
    kind: String,
    /// The kind in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// The id of the request, as the service's log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// Every fault of a document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// What speaks against sending, where nothing was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// The sending of which nobody knows what came.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<String>,
}

/// A fault of a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Fault {
    /// What is wrong.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    help: String,
    /// Where it is, as a JSON Pointer (RFC 6901); of YAML, where it would be in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The line in the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The column in the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The check whose finding it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
}

impl Fault {
    /// A fault of the member at this pointer.
    pub(super) fn of_member(pointer: &str, detail: String, help: String) -> Self {
        let pointer = Some(pointer.to_owned());
        Self { detail, help, pointer, line: None, column: None, rule: None }
    }
}

impl Problem {
    /// A problem of this kind; `detail` is a sentence.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            reasons: Vec::new(),
            attempt: None,
            retry_after: None,
            challenge: None,
        }
    }

    /// What is wrong with a document.
    pub fn of_document(problems: &Problems) -> Self {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        let errors: Vec<Fault> = errors
            .map(|problem| Fault {
                detail: problem.message.clone(),
                help: problem.help.clone(),
                pointer: problem.pointer.clone(),
                line: problem.place.as_ref().map(|place| place.line),
                column: problem.place.as_ref().map(|place| place.column),
                rule: problem.rule,
            })
            .collect();
        Self::of_faults(errors)
    }

    /// Faults of a document.
    pub(super) fn of_faults(errors: Vec<Fault>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            several => format!("{} faults", several.len()),
        };
        Self { errors, ..Self::new(Kind::InvalidDocument, detail) }
    }

    /// The same, of a document that is a member of the body, and was written as the body was: its
    /// lines are nobody's.
    #[must_use]
    pub(super) fn of_member(mut self, name: &str) -> Self {
        for fault in &mut self.errors {
            (fault.line, fault.column) = (None, None);
            let pointer = fault.pointer.as_deref().unwrap_or_default();
            fault.pointer = Some(format!("/{name}{pointer}"));
        }
        self
    }

    /// The same, with what speaks against sending.
    #[must_use]
    pub fn because(self, reasons: impl IntoIterator<Item = cdc_checks::Text>) -> Self {
        let reasons = reasons.into_iter().map(|reason| reason.untrusted().to_owned()).collect();
        Self { reasons, ..self }
    }

    /// The same, about a sending of which nobody knows what came.
    #[must_use]
    pub(super) fn about(self, attempt: &str) -> Self {
        Self { attempt: Some(attempt.to_owned()), ..self }
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The sending of which nobody knows what came.
    pub(super) fn attempt(&self) -> Option<&str> {
        self.attempt.as_deref()
    }

    /// The status that it is sent with.
    pub(super) fn status(&self) -> StatusCode {
        self.kind.described().2
    }

    /// The same, with what to show to be let in (`WWW-Authenticate`).
    #[must_use]
    pub(super) fn challenging(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// The name of its kind.
    pub(super) fn name(&self) -> &'static str {
        self.kind.described().0
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The body to send, for the request of this id.
    pub(super) fn body(&self, instance: Option<String>) -> ProblemBody {
        let (name, title, status) = self.kind.described();
        ProblemBody {
            kind: format!("/problems/{name}"),
            title,
            status: status.as_u16(),
            detail: self.detail.clone(),
            instance,
            errors: self.errors.clone(),
            reasons: self.reasons.clone(),
            attempt: self.attempt.clone(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        // What the database says is for the log: it names tables and hosts.
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Row(_) => Self::new(Kind::Internal, "A stored row is not readable."),
            _ => Self::new(Kind::Unavailable, "The store does not answer.").retry_after(5),
        }
    }
}

impl IntoResponse for Problem {
    /// The problem goes along as an extension: the outermost layer writes it, with the request's
    /// id, as it does for answers that came without one.
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.header());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a problem where an answer is an error.
pub(super) async fn write(
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let instance = id.map(str::to_owned);
    let for_people = web::is_for_people(request.uri().path(), request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let mut response = next.run(request).await;
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if status.is_client_error() || status.is_server_error() => {
            if response.extensions().get::<Told>().is_some() {
                return response;
            }
            let kind = Kind::of_status(status);
            Problem::new(kind, format!("{}.", kind.described().1))
        }
        None => return response,
    };
    if for_people && problem.kind == Kind::Unauthorized {
        return web::login_first(&method, &uri);
    }
    let body = problem.body(instance);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let written = match for_people {
        true => web::problem_page(status, &body, !method.is_safe()),
        false => (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], Json(body)).into_response(),
    };
    let (written, body) = written.into_parts();
    parts.headers.extend(written.headers);
    Response::from_parts(parts, body)
}

/// Goes along with an answer that tells its problem itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told;

/// The page about a kind of problem.
pub(super) async fn page(Path(name): Path<String>) -> Result<String, Problem> {
    let found = Kind::ALL.into_iter().find(|kind| kind.described().0 == name);
    let kind =
        found.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such kind of problem."))?;
    let (name, title, status) = kind.described();
    Ok(format!("{name}: {title} (HTTP {status})\n"))
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.described().0).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
