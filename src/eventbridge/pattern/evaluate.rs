//! Whether an event matches.

use std::fmt;

use serde_json::Value;

use super::test::Test;
use super::{Alternative, Field, Pattern};

/// The first field of a pattern that an event does not match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mismatch {
    /// The names that lead to the field, joined by dots.
    pub field: String,
    /// What was wanted, for people.
    pub wanted: String,
    /// What stands there as JSON, or nothing.
    pub found: Option<String>,
}

impl Pattern {
    /// Whether an event, a CloudEvent as JSON, matches.
    pub fn matches(&self, event: &Value) -> bool {
        self.mismatch(event).is_none()
    }

    /// The first field that does not match; `None` where the event does.
    pub fn mismatch(&self, event: &Value) -> Option<Mismatch> {
        self.fields.iter().find_map(|field| field.mismatch(event))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.as_deref().unwrap_or("not there");
        write!(f, "{} is {found}; wanted: {}", self.field, self.wanted)
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tests: Vec<String> = self.tests.iter().map(ToString::to_string).collect();
        f.write_str(&tests.join(" and "))
    }
}

impl Field {
    /// What in an event does not match; `None` where the field does.
    pub fn mismatch(&self, event: &Value) -> Option<Mismatch> {
        if self.matches(event) {
            return None;
        }
        let wanted: Vec<String> = self.alternatives.iter().map(ToString::to_string).collect();
        let found = lookup(event, &self.path).map(ToString::to_string);
        Some(Mismatch { field: self.name(), wanted: wanted.join(" or "), found })
    }

    /// Whether the event has no such field.
    pub fn finds_nothing(&self, event: &Value) -> bool {
        lookup(event, &self.path).is_none()
    }

    fn matches(&self, event: &Value) -> bool {
        // Without data nothing is known of its members, not even that they are not there.
        if self.path.first().is_some_and(|first| first == "data") && !has_data(event) {
            return false;
        }
        let value = lookup(event, &self.path);
        self.alternatives.iter().any(|one| one.tests.iter().all(|test| matches(test, value)))
    }
}

fn has_data(event: &Value) -> bool {
    match event.get("data") {
        None | Some(Value::Null) => false,
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => true,
    }
}

/// The value at a path. Lists are not entered.
fn lookup<'a>(event: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(event, |value, name| value.as_object()?.get(name))
}

fn matches(test: &Test, value: Option<&Value>) -> bool {
    match value {
        None => *test == Test::Exists(false),
        Some(Value::Object(_)) => false,
        Some(Value::Array(items)) if items.is_empty() => false,
        Some(Value::Array(_)) if matches!(test, Test::Exists(_)) => *test == Test::Exists(true),
        Some(Value::Array(items)) => {
            let has_parts = items.iter().any(|item| item.is_array() || item.is_object());
            !has_parts && items.iter().any(|item| test.passes(item))
        }
        Some(scalar) => test.passes(scalar),
    }
}
