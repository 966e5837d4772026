//! What the management API's answers mean. They differ from version to version: members that are
//! not there are read as the broker's own defaults.

use std::collections::BTreeMap;

use cdc_checks::facts::rabbitmq::{Permissions, QueueDetails};
use cdc_checks::{Missing, Text};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A queue, as far as its settings are read.
#[derive(Deserialize)]
struct Queue {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    durable: Option<bool>,
    #[serde(default)]
    auto_delete: bool,
    #[serde(default)]
    exclusive: bool,
    #[serde(default)]
    exclusive_consumer_tag: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    arguments: Value,
    #[serde(default)]
    policy: Option<String>,
    #[serde(default)]
    operator_policy: Option<String>,
    #[serde(default)]
    effective_policy_definition: Value,
    #[serde(default)]
    messages: u64,
    #[serde(default)]
    messages_unacknowledged: u64,
}

/// Reads an account's permissions.
///
/// # Errors
/// The answer has another form.
pub(super) fn permissions(what: &str, answer: &Value) -> Result<Permissions, Missing> {
    let member = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str).map(Text::new);
        text.ok_or_else(|| malformed(what, &format!("there is no {name}")))
    };
    Ok(Permissions {
        configure: member("configure")?,
        write: member("write")?,
        read: member("read")?,
    })
}

/// Reads a queue.
///
/// # Errors
/// The answer has another form.
pub(super) fn queue(what: &str, answer: Value) -> Result<QueueDetails, Missing> {
    let queue: Queue =
        serde_json::from_value(answer).map_err(|error| malformed(what, &error.to_string()))?;
    Ok(QueueDetails {
        kind: Text::new(queue.kind.unwrap_or_else(|| "classic".into())),
        durable: queue.durable.unwrap_or(true),
        auto_delete: queue.auto_delete,
        exclusive: queue.exclusive,
        exclusive_consumer: queue.exclusive_consumer_tag.is_some_and(|tag| !tag.is_empty()),
        state: Text::new(queue.state.unwrap_or_else(|| "running".into())),
        arguments: settings(&queue.arguments),
        policy: queue.policy.filter(|name| !name.is_empty()).map(Text::new),
        operator_policy: queue.operator_policy.filter(|name| !name.is_empty()).map(Text::new),
        policy_definition: settings(&queue.effective_policy_definition),
        messages: queue.messages,
        unacknowledged: queue.messages_unacknowledged,
    })
}

/// Arguments and definitions of policies. An empty one may come as a list.
fn settings(value: &Value) -> BTreeMap<String, Text> {
    let none = Map::new();
    let members = value.as_object().unwrap_or(&none);
    let settings = members.iter().map(|(name, value)| {
        let name = name.strip_prefix("x-").unwrap_or(name).to_owned();
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name, Text::new(value))
    });
    settings.collect()
}

/// The account's tags: a list, or one text with commas before RabbitMQ 3.9.
pub(super) fn tags(answer: &Value) -> Vec<Text> {
    match answer.get("tags") {
        Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).map(Text::new).collect(),
        Some(Value::String(tags)) => {
            let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
            tags.map(Text::new).collect()
        }
        _ => Vec::new(),
    }
}

/// The resources of a failed check of alarms.
pub(super) fn alarms(answer: &Value) -> Vec<Text> {
    let alarms = answer.get("alarms").and_then(Value::as_array);
    let resource = |alarm: &Value| alarm.get("resource").and_then(Value::as_str).map(Text::new);
    let found: Vec<Text> = alarms.into_iter().flatten().filter_map(resource).collect();
    // It failed, whatever it says of the reason.
    if found.is_empty() { vec![Text::new("unknown")] } else { found }
}

/// A limit in a list of objects with a `value` each.
pub(super) fn limit(answer: &Value, name: &str) -> Option<i64> {
    answer.as_array()?.iter().find_map(|one| one.get("value")?.get(name)?.as_i64())
}

pub(super) fn malformed(what: &str, detail: &str) -> Missing {
    Missing::Malformed { what: what.into(), detail: detail.into() }
}
