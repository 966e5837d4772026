//! Streams as the service tells of them.

use cdc_checks::Text;
use serde_json::Value;

use super::scrub::REDACTED;

/// A stream as the service tells of it. Its words are hostile until escaped.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamState {
    /// The name.
    pub name: Text,
    /// The state, in the service's word.
    pub status: Text,
    /// What the state means.
    pub phase: Phase,
    /// The kinds of the source, for example `SourceMySQLParameters`.
    pub source: Text,
    /// The kinds of the sink.
    pub sink: Text,
    /// What the service says beyond the state, as JSON.
    pub detail: Option<Text>,
}

/// What a state means for someone who waits for a stream to run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// It failed, and does not go on by itself.
    Failed,
    /// It is not started, was paused, or is blocked by an event that cannot be delivered.
    Idle,
    /// It runs.
    Running,
    /// It is being started. That takes the service half a minute or a minute.
    Starting,
    /// A state that is not published.
    Unknown,
}

impl StreamState {
    /// Reads what the service gives of one stream; `None` where it has no state.
    pub fn of(data: &Value) -> Option<Self> {
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let status = text("Status")?;
        let detail = data.get("DetailedStatus").filter(|detail| !detail.is_null());
        Some(Self {
            name: text("EventStreamingName").unwrap_or_default().into(),
            status: status.into(),
            phase: Phase::of(status),
            source: kinds(data.get("Source")),
            sink: kinds(data.get("Sink")),
            detail: detail.map(|detail| detail.to_string().into()),
        })
    }
}

impl Phase {
    fn of(status: &str) -> Self {
        match status {
            "STARTING" => Self::Starting,
            "RUNNING" => Self::Running,
            "STARTING_FAILED" | "RUNNING_FAILED" => Self::Failed,
            "READY" | "PAUSED" => Self::Idle,
            _ => Self::Unknown,
        }
    }
}

/// Whether a stream, as the service gives it, has all that a request without its secrets asked for.
/// What the service adds, and the secrets that it does not give, make no difference.
pub fn is_as_asked(asked: &Value, found: &Value) -> bool {
    match (asked, found) {
        (Value::String(mark), _) if mark == REDACTED => true,
        (Value::Object(asked), Value::Object(found)) => asked.iter().all(|(name, asked)| {
            // Tags are kept apart from the stream; nobody gives them back with it.
            name == "Tags" || is_as_asked(asked, found.get(name).unwrap_or(&Value::Null))
        }),
        (Value::Array(asked), Value::Array(found)) => {
            asked.len() == found.len() && asked.iter().zip(found).all(|(a, f)| is_as_asked(a, f))
        }
        _ if asked == found => true,
        _ => {
            is_same_document(asked, found)
                || scalar(asked).is_some_and(|it| Some(it) == scalar(found))
        }
    }
}

/// Whether two texts are the same JSON: some members hold JSON as text.
fn is_same_document(asked: &Value, found: &Value) -> bool {
    let document = |value: &Value| -> Option<Value> {
        let parsed: Value = serde_json::from_str(value.as_str()?).ok()?;
        (parsed.is_object() || parsed.is_array()).then_some(parsed)
    };
    document(asked).is_some_and(|asked| Some(asked) == document(found))
}

/// The text of a value that has no parts: the service gives some numbers back as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

/// The names of an object's members that hold anything.
fn kinds(part: Option<&Value>) -> Text {
    let members = part.and_then(Value::as_object).into_iter().flatten();
    let names = members.filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str());
    names.collect::<Vec<_>>().join(", ").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stream_is_as_asked_when_it_has_all_of_it() {
        let asked = json!({
            "EventStreamingName": "s", "FilterPattern": "{\"a\": [1], \"b\": [2]}",
            "Tags": [{"Key": "k"}],
            "Source": {"P": {"Port": 5432, "Password": "***"}}, "List": [1, {"x": true}],
        });
        let found = json!({
            "EventStreamingName": "s", "FilterPattern": "{\"b\":[2],\"a\":[1]}", "Status": "READY",
            "Source": {"P": {"Port": "5432", "Extra": null}, "Q": null}, "List": [1, {"x": "true"}],
        });
        assert!(is_as_asked(&asked, &found));
        for (pointer, other) in [
            ("/EventStreamingName", json!("t")),
            ("/FilterPattern", json!("{}")),
            ("/Source/P/Port", json!(5433)),
            ("/Source/P", json!(null)),
            ("/List/1/x", json!(false)),
            ("/List", json!([1])),
        ] {
            let mut found = found.clone();
            *found.pointer_mut(pointer).expect("it is there") = other;
            assert!(!is_as_asked(&asked, &found), "{pointer}");
        }
    }

    #[test]
    fn a_stream_is_told_by_its_state() {
        let data = json!({
            "EventStreamingName": "s", "Status": "STARTING_FAILED",
            "Source": {"SourceMNSParameters": {}, "SourceKafkaParameters": null},
            "Sink": {"SinkMNSParameters": {}}, "DetailedStatus": {"TPS": 0.5},
        });
        let stream = StreamState::of(&data).expect("a state");
        assert_eq!(stream.phase, Phase::Failed);
        assert_eq!(
            (stream.source, stream.sink),
            ("SourceMNSParameters".into(), "SinkMNSParameters".into())
        );
        assert_eq!(stream.detail, Some(r#"{"TPS":0.5}"#.into()));
        assert_eq!(StreamState::of(&json!({"Status": 1})), None);
        for (status, phase) in [
            ("READY", Phase::Idle),
            ("STARTING", Phase::Starting),
            ("RUNNING", Phase::Running),
            ("RUNNING_FAILED", Phase::Failed),
            ("PAUSED", Phase::Idle),
            ("NEW", Phase::Unknown),
        ] {
            assert_eq!(Phase::of(status), phase, "{status}");
        }
    }
}
