//! What the service's answer means, whatever form it has.
//!
//! The reply of the configure operations is not published. Other interfaces of the service use
//! several envelopes; all of them are understood here. What they have in common: success is decided
//! by `Success` and `Code`, never by `Message`, and a status of 200 alone does not mean success.

use cdc_checks::Text;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::scrub::Scrubber;

/// The most characters that are kept of a code, of a request id, of a message and of a body.
const LONGEST_CODE: usize = 128;
const LONGEST_MESSAGE: usize = 1_000;
const LONGEST_EXCERPT: usize = 300;

/// What an answer means for the request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The service has done what was asked.
    Accepted,
    /// It will not do it. Asking again changes nothing.
    Refused,
    /// It has not done it because too much is asked of it: later it may.
    Throttled,
    /// It has failed to do it: later it may.
    Unavailable,
    /// It cannot be told whether it was done: a gateway answered, or the answer is no answer.
    Unclear,
}

/// An answer, read and made fit to be kept.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) meaning: Meaning,
    pub(super) status: u16,
    pub(super) code: Option<Text>,
    pub(super) message: Option<Text>,
    pub(super) request_id: Option<Text>,
    /// The beginning of a body that is no JSON object.
    pub(super) excerpt: Option<Text>,
    /// What the answer carries. It is the service's word, as it came.
    pub(super) data: Option<Value>,
}

/// An answer as it arrived.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether the body arrived to its end.
    pub(super) complete: bool,
}

impl Raw {
    /// Reads the answer. What is kept of the server's words holds none of the scrubber's secrets.
    pub(super) fn read(&self, scrubber: &Scrubber) -> Reply {
        let envelope = self.envelope();
        let find = |names: &[&str]| envelope.as_ref().and_then(|found| found.text(names));
        let code = find(&["Code", "code"]);
        let request_id = find(&["RequestId", "requestId"]).or_else(|| self.request_id());
        let body = String::from_utf8_lossy(&self.body);
        let excerpt = envelope.is_none().then(|| body.trim()).filter(|body| !body.is_empty());
        let keep = |text: Option<String>, most| text.map(|text| scrubber.scrub(&text, most));
        Reply {
            meaning: self.meaning(envelope.as_ref(), code.as_deref()),
            status: self.status.as_u16(),
            code: keep(code, LONGEST_CODE),
            message: keep(find(&["Message", "message"]), LONGEST_MESSAGE),
            request_id: keep(request_id, LONGEST_CODE),
            excerpt: excerpt.map(|body| scrubber.scrub(body, LONGEST_EXCERPT)),
            data: envelope.as_ref().and_then(Envelope::data).cloned(),
        }
    }

    fn envelope(&self) -> Option<Envelope> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(root)) if self.complete => Some(Envelope(root)),
            _ => None,
        }
    }

    fn request_id(&self) -> Option<String> {
        let names = ["x-eventbridge-request-id", "x-acs-request-id"];
        let value = names.iter().find_map(|name| self.headers.get(*name))?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn meaning(&self, envelope: Option<&Envelope>, code: Option<&str>) -> Meaning {
        if self.status == StatusCode::TOO_MANY_REQUESTS || code.is_some_and(says_throttled) {
            return Meaning::Throttled;
        }
        match self.status.as_u16() {
            200..=299 => self.meaning_of_success(envelope, code),
            500 | 503 => Meaning::Unavailable,
            // Written by what stands in front of the service, which may have got the request; from
            // 520 on they are the content delivery networks' own.
            502 | 504 | 520..=599 => Meaning::Unclear,
            _ => Meaning::Refused,
        }
    }

    fn meaning_of_success(&self, envelope: Option<&Envelope>, code: Option<&str>) -> Meaning {
        match envelope {
            Some(envelope) if envelope.denies_success() => Meaning::Refused,
            Some(_) if code.is_none_or(says_success) => Meaning::Accepted,
            Some(_) => Meaning::Refused,
            None if self.complete && self.body.trim_ascii().is_empty() => Meaning::Accepted,
            None => Meaning::Unclear,
        }
    }
}

/// The members that say what came of a request: of the root, or of the `data` inside it.
struct Envelope(Map<String, Value>);

impl Envelope {
    /// What the envelope carries: in `Data`, which may itself stand in a `data`.
    fn data(&self) -> Option<&Value> {
        self.places().find_map(|place| place.get("Data")).or_else(|| self.0.get("data"))
    }

    /// The objects that may hold such members. The inner one comes first: where both have a code,
    /// the outer one only repeats the HTTP status.
    fn places(&self) -> impl Iterator<Item = &Map<String, Value>> {
        let inner = ["data", "Data"].into_iter().filter_map(|name| self.0.get(name)?.as_object());
        inner.filter(|inner| inner.contains_key("Success")).chain([&self.0])
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.places().find_map(|place| names.iter().find_map(|name| scalar(place.get(*name)?)))
    }

    fn denies_success(&self) -> bool {
        let names = ["Success", "success", "successResponse"];
        self.places()
            .flat_map(|place| names.iter().filter_map(|name| scalar(place.get(*name)?)))
            .any(|value| value.eq_ignore_ascii_case("false"))
    }
}

/// Codes are texts, numbers and, in an old sample, `true`.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

fn says_success(code: &str) -> bool {
    ["", "200", "success", "true"].iter().any(|good| code.eq_ignore_ascii_case(good))
}

/// The gateway throttles with status 400 and one of these codes.
fn says_throttled(code: &str) -> bool {
    code == "Throttling"
        || code.starts_with("Throttling.")
        || ["Rejected.Throttling", "TooManyRequests"].contains(&code)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn raw(status: u16, body: &str) -> Raw {
        Raw {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::new(),
            body: body.into(),
            complete: true,
        }
    }

    fn read(raw: &Raw) -> Reply {
        raw.read(&Scrubber::new(vec!["hunter22".into()]))
    }

    fn meaning(status: u16, body: &str) -> Meaning {
        read(&raw(status, body)).meaning
    }

    #[test]
    fn success_has_many_forms() {
        for body in [
            "",
            "{}",
            r#"{"RequestId":"A","Code":"Success","Message":"x not existed!","Success":true}"#,
            r#"{"code":"200","data":{"Code":"Success","Success":true},"successResponse":true}"#,
            r#"{"Code":200}"#,
            r#"{"Code":true}"#,
            r#"{"Data":{"Code":"a field of the caller"}}"#,
        ] {
            assert_eq!(meaning(200, body), Meaning::Accepted, "{body}");
        }
    }

    #[test]
    fn a_status_of_200_may_mean_no() {
        for body in [
            r#"{"Code":"ServiceNotEnable","Success":false}"#,
            r#"{"Code":"ServiceNotEnable"}"#,
            r#"{"Code":"Success","Success":"false"}"#,
            r#"{"code":"200","data":{"Code":"X","Success":false},"successResponse":true}"#,
            r#"{"code":"200","data":{"Code":"X","Success":true}}"#,
            r#"{"Code":true,"Success":false}"#,
            r#"{"Code":false}"#,
            r#"{"Code":"X","Message":"Success"}"#,
            r#"{"Code":"Success","Message":"Success","success":false}"#,
        ] {
            assert_eq!(meaning(200, body), Meaning::Refused, "{body}");
        }
    }

    #[test]
    fn what_is_no_answer_of_the_service_is_unclear() {
        for body in ["<html>Log in</html>", "ok", "[]", "{\"Code\":"] {
            assert_eq!(meaning(200, body), Meaning::Unclear, "{body}");
        }
        for status in [502, 504, 522] {
            assert_eq!(meaning(status, "<html>"), Meaning::Unclear, "{status}");
        }
        let cut = Raw { complete: false, ..raw(200, "{}") };
        assert_eq!(read(&cut).meaning, Meaning::Unclear);
    }

    #[test]
    fn too_much_and_not_now_are_told_from_no() {
        assert_eq!(meaning(429, ""), Meaning::Throttled);
        for code in ["Throttling", "Throttling.User", "Rejected.Throttling", "TooManyRequests"] {
            let body = format!(r#"{{"Code":"{code}","Message":"m"}}"#);
            assert_eq!(meaning(400, &body), Meaning::Throttled, "{code}");
        }
        assert_eq!(meaning(500, "<html>"), Meaning::Unavailable);
        assert_eq!(meaning(503, ""), Meaning::Unavailable);
        for status in [301, 400, 401, 403, 404, 409, 501] {
            assert_eq!(meaning(status, r#"{"code":"ThrottlingOther"}"#), Meaning::Refused);
        }
    }

    #[test]
    fn the_servers_words_are_kept_short_and_without_secrets() {
        let long = "m".repeat(2_000);
        let body = format!(r#"{{"code":"C","message":"hunter22 {long}","requestId":"R"}}"#);
        let reply = read(&raw(400, &body));
        assert_eq!(reply.code, Some("C".into()));
        assert_eq!(reply.request_id, Some("R".into()));
        assert_eq!(reply.excerpt, None);
        let message = reply.message.expect("a message");
        assert!(message.untrusted().starts_with("*** mmm"));
        assert_eq!(message.untrusted().chars().count(), LONGEST_MESSAGE + 1);
        let cut = read(&raw(200, r#"{"Code":"Success","Data":{"Password":"hunter22"#));
        assert_eq!(cut.excerpt, Some(r#"{"Code":"Success","Data":{"Password":"***"#.into()));
        assert_eq!(read(&raw(200, " \n")).excerpt, None);
        let page = read(&raw(502, " <b>hunter22</b>\n"));
        assert_eq!(page.excerpt, Some("<b>***</b>".into()));
    }

    #[test]
    fn an_envelope_counts_whatever_its_media_type() {
        let mut answer = raw(200, r#"{"Code":"ServiceNotEnable","Success":false}"#);
        answer.headers.insert("content-type", HeaderValue::from_static("text/html"));
        let reply = read(&answer);
        assert_eq!((reply.meaning, reply.excerpt), (Meaning::Refused, None));
    }

    #[test]
    fn the_gateways_and_the_older_envelope_of_a_refusal_are_read() {
        for body in [
            r#"{"RequestId":"R","HostId":"h","Code":"C","Message":"m","Recommend":"u"}"#,
            r#"{"code":"C","message":"m","requestId":"R"}"#,
        ] {
            let Reply { meaning, code, message, request_id, .. } = read(&raw(403, body));
            assert_eq!(meaning, Meaning::Refused);
            assert_eq!((code, message), (Some("C".into()), Some("m".into())));
            assert_eq!(request_id, Some("R".into()));
        }
    }

    #[test]
    fn the_request_id_may_stand_in_a_header() {
        let mut answer = raw(200, "");
        answer.headers.insert("x-eventbridge-request-id", HeaderValue::from_static("R-1"));
        assert_eq!(read(&answer).request_id, Some("R-1".into()));
    }
}
