//! What has happened to a preflight so far, step by step.

use cdc_checks::Language;
use serde_json::Value;

use super::words::{When, shown};
use crate::report::counted_outcome;
use crate::serve::store::ProgressEvent;

/// A step, for people.
pub(super) struct Step {
    pub(super) at: When,
    pub(super) words: String,
    /// Checks that close the gate.
    pub(super) closing: Vec<String>,
}

/// All steps, in order.
pub(super) fn all(progress: &[ProgressEvent]) -> Vec<Step> {
    let step = |it: &ProgressEvent| Step {
        at: When(it.at),
        words: told(&it.event),
        closing: closing(&it.event),
    };
    progress.iter().map(step).collect()
}

/// The first server that was visited, and how many there were besides.
pub(super) fn visited(progress: &[ProgressEvent]) -> Option<String> {
    let servers: Vec<String> = progress.iter().filter_map(|it| server(&it.event)).collect();
    match servers.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first, rest @ ..] => Some(format!("{first} and {} more", rest.len())),
    }
}

fn told(event: &Value) -> String {
    match event["event"].as_str().unwrap_or_default() {
        "started" => "Started.".into(),
        "visited" => format!(
            "Visited {}{}",
            server(event).unwrap_or_else(|| "a server".into()),
            counts(&event["checks"]),
        ),
        other => format!("{}.", shown(other)),
    }
}

fn closing(event: &Value) -> Vec<String> {
    let ids = event["closing"].as_array().into_iter().flatten();
    ids.filter_map(|id| id.as_str().map(shown)).collect()
}

fn server(event: &Value) -> Option<String> {
    let host = shown(event["host"].as_str()?);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    Some(format!("{host}:{}", event["port"].as_u64()?))
}

/// `: 40 passed, 2 failed.`
fn counts(checks: &Value) -> String {
    let counts = checks.as_object().into_iter().flatten();
    let told: Vec<String> = counts
        .filter_map(|(outcome, number)| {
            let outcome = serde_json::from_value(outcome.as_str().into()).ok()?;
            let number = number.as_u64()?.try_into().ok()?;
            Some(counted_outcome(number, outcome, Language::English))
        })
        .collect();
    if told.is_empty() { ".".into() } else { format!(": {}.", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(event: Value) -> ProgressEvent {
        ProgressEvent { number: 1, at: "2026-11-29T22:24:03Z".parse().expect("a time"), event }
    }

    #[test]
    fn steps_are_told_in_words() {
        let progress = [
            step(json!({ "event": "started" })),
            step(json!({ "event": "visited", "host": "::1", "port": 5432,
                         "checks": { "pass": 40, "fail": 2, "blocked": 1 },
                         "closing": ["postgres/wal-level"] })),
            step(json!({ "event": "visited", "host": "pg", "port": 1 })),
        ];
        let steps = all(&progress);
        assert_eq!(steps[1].closing, ["postgres/wal-level"]);
        let told: Vec<String> = steps.into_iter().map(|step| step.words).collect();
        let first = "Visited [::1]:5432: 40 passed, 2 failed, 1 not reached.";
        assert_eq!(told, ["Started.", first, "Visited pg:1."]);
        assert_eq!(visited(&progress).as_deref(), Some("[::1]:5432 and 1 more"));
        assert_eq!(visited(&progress[..1]), None);
    }
}
