//! The answers of the simulator and their envelopes.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-eventbridge-request-id");
/// A host name no cloud has, so that a reader sees at once who answered.
const HOST_ID: &str = "eventbridge-simulator";
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// An answer, before it gets a request id.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Success { message: &'static str, data: Value },
    Failure { code: String, message: String },
    NotSuccess { code: String, message: &'static str },
    GatewayPage,
}

impl Reply {
    /// Status 200 and the envelope of success.
    pub(crate) fn success(message: &'static str, data: Value) -> Self {
        Self::new(StatusCode::OK, Content::Success { message, data })
    }

    /// The envelope of an error.
    pub(crate) fn failure(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(status, Content::Failure { code: code.into(), message: message.into() })
    }

    /// Status 200 around an operation that failed.
    pub(crate) fn not_success(code: impl Into<String>, message: &'static str) -> Self {
        Self::new(StatusCode::OK, Content::NotSuccess { code: code.into(), message })
    }

    /// Status 502 with HTML in place of an envelope.
    pub(crate) fn gateway_page() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, Content::GatewayPage)
    }

    fn new(status: StatusCode, content: Content) -> Self {
        Self { status, header: None, content }
    }

    /// Sends this header along.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer as it leaves. The page of a gateway carries no request id: it is not the API's.
    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let envelope = self.content.envelope(request_id);
        let (kind, body) = match &envelope {
            Some(envelope) => ("application/json;charset=utf-8", envelope.to_string()),
            None => ("text/html", GATEWAY_PAGE.to_owned()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if envelope.is_some()
            && let Ok(id) = HeaderValue::from_str(request_id)
        {
            headers.insert(REQUEST_ID, id);
        }
        headers.extend(self.header);
        response
    }
}

impl Content {
    fn envelope(&self, id: &str) -> Option<Value> {
        Some(match self {
            Self::Success { message, data } => json!({
                "RequestId": id, "Code": "Success", "Message": message, "Success": true, "Data": data,
            }),
            Self::Failure { code, message } => json!({
                "RequestId": id, "HostId": HOST_ID, "Code": code, "Message": message,
            }),
            Self::NotSuccess { code, message } => json!({
                "RequestId": id, "Code": code, "Message": message, "Success": false,
            }),
            Self::GatewayPage => return None,
        })
    }
}
