//! The answers of the simulator.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::Value;

use crate::dialect::Dialect;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-eventbridge-request-id");
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// An operation that did what was asked.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) message: &'static str,
    /// What the answer carries; none where the operation publishes nothing.
    pub(crate) data: Option<Value>,
}

impl Done {
    pub(crate) fn with(message: &'static str, data: Value) -> Self {
        Self { message, data: Some(data) }
    }

    pub(crate) fn bare(message: &'static str) -> Self {
        Self { message, data: None }
    }
}

/// A request that is not carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into(), headers: Vec::new() }
    }

    /// Status 400.
    pub(crate) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Status 404.
    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Status 409, as every refusal of the service itself.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(crate) fn method_not_allowed(dialect: Dialect) -> Self {
        let gateway = dialect.has_gateway();
        let status = if gateway { StatusCode::BAD_REQUEST } else { StatusCode::METHOD_NOT_ALLOWED };
        let message = "The operation must be called by POST.";
        let refusal = Self::new(status, "UnsupportedHTTPMethod", message);
        refusal.header(ALLOW, HeaderValue::from_static("POST"))
    }

    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        let message = format!("The Content-Type must be {expected}.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    /// Says which scheme the caller should have used.
    pub(crate) fn challenge(self) -> Self {
        self.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// Sends this header along.
    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What came of an operation.
pub(crate) type Outcome = Result<Done, Refusal>;

/// What is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    Done(Done),
    /// Status 502 with HTML in place of an envelope.
    GatewayPage,
    /// Status 200 around an operation that failed.
    NotSuccess(String),
    Refused(Refusal),
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        outcome.map_or_else(Self::Refused, Self::Done)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// To whom an answer goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressee<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) request_id: &'a str,
    pub(crate) account_id: &'a str,
}

/// An answer as it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) content_type: HeaderValue,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Done(_) | Self::NotSuccess(_) => StatusCode::OK,
            Self::GatewayPage => StatusCode::BAD_GATEWAY,
            Self::Refused(refusal) => refusal.status,
        }
    }

    /// The `Code` it says; none where a gateway speaks.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Done(_) => Some("Success"),
            Self::GatewayPage => None,
            Self::NotSuccess(code) => Some(code),
            Self::Refused(refusal) => Some(&refusal.code),
        }
    }

    /// Writes the answer. The page of a gateway carries no request id: it is not the API's.
    pub(crate) fn write(self, to: Addressee<'_>) -> Answer {
        let status = self.status();
        let (content_type, body) = match self.envelope(to) {
            Some(envelope) => ("application/json;charset=utf-8", envelope.to_string()),
            None => ("text/html", GATEWAY_PAGE.to_owned()),
        };
        let id = HeaderValue::from_str(to.request_id).ok();
        let id = id.filter(|_| !matches!(self, Self::GatewayPage));
        let own = if let Self::Refused(refusal) = self { refusal.headers } else { Vec::new() };
        let headers = own.into_iter().chain(id.map(|id| (REQUEST_ID, id))).collect();
        Answer { status, headers, content_type: HeaderValue::from_static(content_type), body }
    }
}

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Full::from(answer.body));
        *response.status_mut() = answer.status;
        response.headers_mut().insert(CONTENT_TYPE, answer.content_type);
        response.headers_mut().extend(answer.headers);
        response
    }
}
