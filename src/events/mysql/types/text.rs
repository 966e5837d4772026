//! Text, labels and JSON.

use serde_json::{Value, json};

use super::{LARGE, largest};
use crate::events::mapping::{Literal, Mapping, document};
use crate::events::mysql::column_type::{ColumnType, escaped};

pub(super) fn text(column: &ColumnType) -> Option<Mapping> {
    Some(match column.name.as_str() {
        "char" => Mapping::text(column.length()).note("trailing spaces are lost"),
        "varchar" => Mapping::text(column.length()),
        "tinytext" | "text" => Mapping::text(largest(&column.name)),
        "mediumtext" | "longtext" => Mapping::text(largest(&column.name)).note(LARGE),
        "enum" => enumeration(&column.labels),
        "set" => set(&column.labels),
        "json" => json_text(),
        _ => return None,
    })
}

fn json_text() -> Mapping {
    let mut schema = document("application/json");
    // Written by the server or the engine, and so without a space before it.
    schema["pattern"] = json!(r#"^[{\["\-0-9tfn]"#);
    Mapping { encoding: Some("JSON as text"), schema, ..Mapping::new("string", Value::Null) }
        .note("written anew in events: order of keys and form of numbers change; not in a snapshot")
}

/// The labels as a snapshot has them, their form in other events, and the empty text that stands for
/// an invalid value.
fn enumeration(labels: &[String]) -> Mapping {
    let mut values: Vec<String> = Vec::new();
    for value in labels.iter().cloned().chain(labels.iter().map(|label| streamed(label))) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let is_changed = values.len() > labels.len();
    if !values.iter().any(String::is_empty) {
        values.push(String::new());
    }
    let schema = json!({"type": "string", "enum": values});
    let mapping = Mapping { literal: Literal::Text, ..Mapping::new("string", schema) };
    match is_changed {
        true => mapping.note("a comma in a label arrives as \\, and in a snapshot as it is"),
        false => mapping,
    }
}

/// A label as events of changes have it: the engine reads it from the table's definition, and marks
/// commas.
fn streamed(label: &str) -> String {
    escaped(label, "'").replace(',', "\\,")
}

fn set(labels: &[String]) -> Mapping {
    let mut forms: Vec<String> = Vec::new();
    for label in labels {
        for form in [label.clone(), streamed(label)] {
            let form = escape_pattern(&form);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    let one = forms.join("|");
    let pattern = format!("^$|^({one})(,({one}))*$");
    Mapping {
        encoding: Some("labels with commas"),
        literal: Literal::Text,
        ..Mapping::new("string", json!({"type": "string", "pattern": pattern}))
    }
}

/// A text as a regular expression of ECMA-262 that matches it alone.
fn escape_pattern(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if "\\^$.*+?()[]{}|/".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
