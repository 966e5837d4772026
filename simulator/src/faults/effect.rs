//! What the faults do to an answer.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};

use crate::Fault;
use crate::reply::{Answer, Refusal, Reply};

const X_ACS_RETRY_AFTER: HeaderName = HeaderName::from_static("x-acs-retry-after");

impl Fault {
    /// The answer of a fault that keeps the request from being carried out.
    pub(crate) fn refusal(&self) -> Option<Reply> {
        let refusal = |status, code: &str, message: &str| {
            Some(Refusal::new(status, code.to_owned(), message).into())
        };
        match self {
            Self::CheckFails
            | Self::ContentType { .. }
            | Self::Drop
            | Self::DropBefore
            | Self::Empty
            | Self::RunFails
            | Self::Slow { .. }
            | Self::StartFails
            | Self::Truncated => None,
            Self::Html => Some(Reply::GatewayPage),
            Self::InternalError => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "The request failed for an unknown reason.",
            ),
            Self::NotFound { code } => refusal(StatusCode::NOT_FOUND, code, "It is not found."),
            Self::NotSuccess { code } => Some(Reply::NotSuccess(code.clone())),
            Self::Reject { code } => {
                refusal(StatusCode::BAD_REQUEST, code, "The request is rejected.")
            }
            Self::ServiceUnavailable => refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "The service is unavailable for the moment.",
            ),
            Self::Throttling => refusal(
                StatusCode::BAD_REQUEST,
                "Throttling.User",
                "The request was denied due to user flow control.",
            ),
            Self::TooManyRequests { retry_after, x_acs_retry_after } => {
                Some(too_many_requests(*retry_after, *x_acs_retry_after).into())
            }
        }
    }

    /// Spoils an answer that is otherwise right.
    pub(crate) fn distort(&self, answer: &mut Answer) {
        match self {
            Self::ContentType { media_type } => {
                if let Ok(value) = HeaderValue::from_str(media_type) {
                    answer.content_type = value;
                }
            }
            Self::Empty => answer.body.clear(),
            Self::Truncated => {
                let half = answer.body.floor_char_boundary(answer.body.len() / 2);
                answer.body.truncate(half);
            }
            _ => {}
        }
    }
}

fn too_many_requests(retry_after: Option<u64>, x_acs_retry_after: Option<u64>) -> Refusal {
    let message = "The flow limiter denies the request.";
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
    let hints = [(RETRY_AFTER, retry_after), (X_ACS_RETRY_AFTER, x_acs_retry_after)];
    let given = hints.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.fold(refusal, |refusal, (name, value)| refusal.header(name, value))
}
