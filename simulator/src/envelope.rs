//! The envelopes of answers, one for each dialect.

use serde_json::{Map, Value, json};

use crate::dialect::Dialect;
use crate::reply::{Addressee, Done, Reply};

/// A host name no cloud has, so that a reader sees at once who answered.
const HOST_ID: &str = "eventbridge-simulator";
const NOT_SUCCESS: &str = "The operation did not succeed.";

impl Reply {
    /// The envelope of an answer; none where a gateway speaks.
    pub(crate) fn envelope(&self, to: Addressee<'_>) -> Option<Value> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Refusal;

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
