//! Streams as the service tells of them.

use cdc_checks::Text;
use serde_json::Value;

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
