//! A request as it was received: its head, and its body read once, up to a limit.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use jiff::Timestamp;
use uuid::Uuid;

use crate::clock::Clock;

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
    pub(crate) body: Body,
    /// The size of the body as far as it was read, in bytes.
    pub(crate) body_bytes: u64,
    pub(crate) request_id: String,
}

/// The bytes of a body, or why there are none.
#[derive(Debug)]
pub(crate) enum Body {
    Broken,
    TooLarge,
    Whole(Vec<u8>),
}

impl Received {
    /// Reads a request to its end.
    pub(crate) async fn read(head: Parts, body: Incoming, clock: &Clock) -> Self {
        let (body, body_bytes) = Body::read(body).await;
        let request_id = Uuid::new_v4().to_string().to_uppercase();
        Self { at: clock.now(), head, body, body_bytes, request_id }
    }

    /// Whether the media type is this, whatever its parameters.
    pub(crate) fn says(&self, media_type: &str) -> bool {
        let value = self.header(CONTENT_TYPE.as_str());
        let said = value.and_then(|value| value.split(';').next());
        said.is_some_and(|it| it.trim().eq_ignore_ascii_case(media_type))
    }

    /// The value of a header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }
}

impl Body {
    async fn read(mut body: Incoming) -> (Self, u64) {
        let (mut kept, mut size) = (Vec::new(), 0_u64);
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return (Self::Broken, size) };
            let Ok(chunk) = frame.into_data() else { continue };
            size += chunk.len() as u64;
            if size <= BODY_LIMIT as u64 {
                kept.extend_from_slice(&chunk);
            } else if size > DRAIN_LIMIT {
                break;
            }
        }
        (if size > BODY_LIMIT as u64 { Self::TooLarge } else { Self::Whole(kept) }, size)
    }
}
