//! The answers of the simulator and their envelopes.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::dialect::Dialect;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-eventbridge-request-id");
/// A host name no cloud has, so that a reader sees at once who answered.
const HOST_ID: &str = "eventbridge-simulator";
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

    fn envelope(&self, to: Addressee<'_>) -> Option<Value> {
        Some(match to.dialect {
            Dialect::Openapi | Dialect::Seed => self.flat(to.request_id)?,
            Dialect::Rest => self.wrapped(to.request_id)?,
            Dialect::SdkRest => self.spread(to)?,
        })
    }

    /// The envelope of today's interface, which the integration guide's gets too.
    fn flat(&self, id: &str) -> Option<Value> {
        let mut envelope = match self {
            Self::Done(done) => json!({
                "RequestId": id, "Code": "Success", "Message": done.message, "Success": true,
            }),
            Self::GatewayPage => return None,
            Self::NotSuccess(code) => json!({
                "RequestId": id, "Code": code, "Message": NOT_SUCCESS, "Success": false,
            }),
            Self::Refused(refusal) => json!({
                "RequestId": id, "HostId": HOST_ID, "Code": refusal.code,
                "Message": refusal.message,
            }),
        };
        if let Self::Done(Done { data: Some(data), .. }) = self {
            envelope["Data"] = data.clone();
        }
        Some(envelope)
    }

    /// The older documents wrap the answer twice. They show no failure; its shape here is the
    /// same, and ours.
    fn wrapped(&self, id: &str) -> Option<Value> {
        let mut inner = match self {
            Self::Done(done) => json!({ "Data": done.data.clone().unwrap_or(Value::Bool(true)) }),
            Self::GatewayPage => return None,
            Self::NotSuccess(_) => json!({ "Message": NOT_SUCCESS }),
            Self::Refused(refusal) => json!({ "Message": refusal.message }),
        };
        let success = matches!(self, Self::Done(_));
        inner["RequestId"] = id.into();
        inner["Code"] = self.code().into();
        inner["Success"] = success.into();
        let status = self.status().as_str().to_owned();
        Some(json!({
            "code": status, "httpStatusCode": status, "data": inner, "requestId": id,
            "successResponse": success,
        }))
    }

    /// The older SDK reads the members of the data beside those of the envelope.
    fn spread(&self, to: Addressee<'_>) -> Option<Value> {
        let id = to.request_id;
        Some(match self {
            Self::Done(done) => {
                let mut members = Map::new();
                if let Some(Value::Object(data)) = &done.data {
                    members.clone_from(data);
                }
                members.insert("RequestId".to_owned(), id.into());
                members.insert("ResourceOwnerAccountId".to_owned(), to.account_id.into());
                Value::Object(members)
            }
            Self::GatewayPage => return None,
            Self::NotSuccess(code) => {
                json!({ "requestId": id, "code": code, "message": NOT_SUCCESS, "success": false })
            }
            Self::Refused(refusal) => {
                json!({ "requestId": id, "code": refusal.code, "message": refusal.message })
            }
        })
    }
}

const NOT_SUCCESS: &str = "The operation did not succeed.";

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Full::from(answer.body));
        *response.status_mut() = answer.status;
        response.headers_mut().insert(CONTENT_TYPE, answer.content_type);
        response.headers_mut().extend(answer.headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reply: Reply, dialect: Dialect) -> Value {
        let to = Addressee { dialect, request_id: "ID", account_id: "7" };
        serde_json::from_str(&reply.write(to).body).expect("JSON")
    }

    fn done() -> Reply {
        Reply::Done(Done::with("It is done.", json!({"EventStreamingARN": "acs:x"})))
    }

    fn refused() -> Reply {
        Refusal::conflict("EventStreamingStatusInvalid", "Not now.").into()
    }

    #[test]
    fn success_has_the_callers_envelope() {
        let flat = json!({
            "RequestId": "ID", "Code": "Success", "Message": "It is done.", "Success": true,
            "Data": {"EventStreamingARN": "acs:x"},
        });
        assert_eq!(written(done(), Dialect::Openapi), flat);
        assert_eq!(written(done(), Dialect::Seed), flat);
        let wrapped = json!({
            "code": "200", "httpStatusCode": "200", "requestId": "ID", "successResponse": true,
            "data": {
                "RequestId": "ID", "Code": "Success", "Success": true,
                "Data": {"EventStreamingARN": "acs:x"},
            },
        });
        assert_eq!(written(done(), Dialect::Rest), wrapped);
        let spread =
            json!({"RequestId": "ID", "ResourceOwnerAccountId": "7", "EventStreamingARN": "acs:x"});
        assert_eq!(written(done(), Dialect::SdkRest), spread);
    }

    #[test]
    fn nothing_to_tell_is_true_in_the_older_documents_and_absent_elsewhere() {
        let bare = || Reply::Done(Done::bare("It is done."));
        assert_eq!(written(bare(), Dialect::Rest)["data"]["Data"], true);
        assert_eq!(written(bare(), Dialect::Openapi).get("Data"), None);
    }

    #[test]
    fn a_refusal_has_the_callers_envelope() {
        let code = "EventStreamingStatusInvalid";
        let flat =
            json!({"RequestId": "ID", "HostId": HOST_ID, "Code": code, "Message": "Not now."});
        assert_eq!(written(refused(), Dialect::Openapi), flat);
        let wrapped = json!({
            "code": "409", "httpStatusCode": "409", "requestId": "ID", "successResponse": false,
            "data": {"RequestId": "ID", "Code": code, "Message": "Not now.", "Success": false},
        });
        assert_eq!(written(refused(), Dialect::Rest), wrapped);
        let spread = json!({"requestId": "ID", "code": code, "message": "Not now."});
        assert_eq!(written(refused(), Dialect::SdkRest), spread);
    }

    #[test]
    fn a_failure_inside_a_success_says_so_in_every_envelope() {
        let reply = || Reply::NotSuccess("ServiceNotEnable".to_owned());
        assert_eq!(written(reply(), Dialect::Openapi)["Success"], false);
        let wrapped = written(reply(), Dialect::Rest);
        assert_eq!((&wrapped["code"], &wrapped["data"]["Success"]), (&json!("200"), &json!(false)));
        assert_eq!(written(reply(), Dialect::SdkRest)["code"], "ServiceNotEnable");
    }
}
