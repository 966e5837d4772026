//! A request as it was received: its head, and its body read once, up to a limit.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use futures_util::StreamExt;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The largest body that is accepted, in bytes.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// How much of a body that is too large is read and thrown away, in bytes. A client that is still
/// writing when the connection closes would see a reset in place of the answer.
const DRAIN_LIMIT: u64 = 16 * 1024 * 1024;

/// A request as it was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) at: Timestamp,
    pub(crate) head: Parts,
    pub(crate) body: Content,
    /// The size of the body as far as it was read, in bytes.
    pub(crate) body_bytes: u64,
    pub(crate) request_id: String,
}

/// What a body turned out to hold.
#[derive(Debug)]
pub(crate) enum Content {
    Broken,
    Empty,
    Json(Value),
    NotJson(String),
    TooLarge,
}

impl Received {
    /// Reads a request to its end.
    pub(crate) async fn read(request: Request) -> Self {
        let (head, body) = request.into_parts();
        let (body, body_bytes) = Content::read(body).await;
        let request_id = Uuid::new_v4().to_string().to_uppercase();
        Self { at: Timestamp::now(), head, body, body_bytes, request_id }
    }

    /// Whether the media type is JSON, whatever its parameters.
    pub(crate) fn says_json(&self) -> bool {
        let value = self.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = value.and_then(|value| value.split(';').next());
        media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
    }
}

impl Content {
    async fn read(body: Body) -> (Self, u64) {
        let mut chunks = body.into_data_stream();
        let (mut kept, mut size) = (Vec::new(), 0_u64);
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else { return (Self::Broken, size) };
            size += chunk.len() as u64;
            if size <= BODY_LIMIT as u64 {
                kept.extend_from_slice(&chunk);
            } else if size > DRAIN_LIMIT {
                break;
            }
        }
        (if size > BODY_LIMIT as u64 { Self::TooLarge } else { Self::parse(&kept) }, size)
    }

    fn parse(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => Self::Json(value),
            Err(error) => Self::NotJson(error.to_string()),
        }
    }

    /// The members of the body when it is a JSON object.
    pub(crate) fn object(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Json(value) => value.as_object(),
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    /// Why there is no JSON, when there was a body.
    pub(crate) fn error(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Json(_) => None,
            Self::Broken => Some("the body ended early".to_owned()),
            Self::NotJson(reason) => Some(format!("not JSON: {reason}")),
            Self::TooLarge => Some(format!("larger than {BODY_LIMIT} bytes")),
        }
    }
}
