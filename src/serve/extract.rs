//! What handlers take from a request, with refusals in the service's own form.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{
    BytesRejection, FormRejection, JsonRejection, PathRejection, QueryRejection,
};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::IntoResponse;

use super::problem::{Kind, Problem};
use super::service::Service;

/// The parameters behind the `?`.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub(super) struct Params<T>(pub(super) T);

/// The variable part of the path.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(super) struct Segment<T>(pub(super) T);

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Body<T>(pub(super) T);

/// What a page's form sends.
#[derive(FromRequest)]
#[from_request(via(axum::Form), rejection(Problem))]
pub(super) struct Form<T>(pub(super) T);

/// A manifest or a bare payload, as YAML or JSON.
pub(super) struct Document(pub(super) Vec<u8>);

/// The media types in which a document may come.
const DOCUMENT_TYPES: [&str; 5] =
    ["application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

impl FromRequest<Service> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Problem> {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !DOCUMENT_TYPES.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
            let detail = "Send application/yaml or application/json.";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        Ok(Self(Bytes::from_request(request, service).await?.into()))
    }
}

/// How long the caller would have the answer delayed; `None` where it does not ask for that.
///
/// `Prefer: wait` (RFC 7240) without a number means as long as the service allows.
pub(super) struct Wait(pub(super) Option<Duration>);

impl FromRequestParts<Service> for Wait {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let longest = service.config.longest_wait;
        let wait = preferences(&parts.headers).find_map(|preference| {
            let (name, value) = match preference.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (preference.trim(), None),
            };
            if !name.eq_ignore_ascii_case("wait") {
                return None;
            }
            // A preference that is not understood is to be ignored, says the RFC.
            match value {
                Some(seconds) => Some(Duration::from_secs(seconds.parse().ok()?).min(longest)),
                None => Some(longest),
            }
        });
        Ok(Self(wait))
    }
}

fn preferences(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split([',', ';']))
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(Kind::BadRequest, rejection.body_text())
    }
}

impl From<FormRejection> for Problem {
    fn from(rejection: FormRejection) -> Self {
        match rejection {
            FormRejection::BytesRejection(rejection) => rejection.into(),
            FormRejection::InvalidFormContentType(_) => {
                let detail = "Send application/x-www-form-urlencoded.";
                Self::new(Kind::UnsupportedMediaType, detail)
            }
            rejection => Self::new(Kind::BadRequest, rejection.body_text()),
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(Kind::BadRequest, rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            JsonRejection::MissingJsonContentType(_) => {
                Self::new(Kind::UnsupportedMediaType, "Send application/json.")
            }
            other => Self::new(Kind::BadRequest, other.body_text()),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        let status = rejection.into_response().status();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(Kind::TooLarge, "The body is larger than the operator allows.")
            }
            _ => Self::new(Kind::BadRequest, "The body cannot be read."),
        }
    }
}
