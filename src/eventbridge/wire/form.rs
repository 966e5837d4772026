//! A call's body as a form: members in the order of their names, objects as compact JSON texts.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// What stays as it is. A space becomes a plus sign.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b' ');

/// The body, which is a JSON object, as the official clients write it.
pub(super) fn write(body: &str) -> SecretString {
    let mut members: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    // The official clients write the members of objects in the order of their names.
    members.values_mut().for_each(Value::sort_all_objects);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in &members {
        member(name, value, &mut pairs);
    }
    pairs.sort();
    let mut form = String::new();
    for (name, value) in &pairs {
        if !form.is_empty() {
            form.push('&');
        }
        // Writing to a string cannot fail.
        let _ = write!(form, "{}={}", encoded(name), encoded(value));
    }
    form.into()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string().replace(' ', "+")
}

fn member(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Null => return,
        // As the official client for Python writes it; the service takes either.
        Value::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        // Tags are the only list that is not written as JSON.
        Value::Array(items) if name == "Tags" => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}.{}", index + 1), item, pairs);
            }
            return;
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    pairs.push((name.to_owned(), text));
}

/// `Tags.1.Key`, one level deep: what is deeper stays JSON.
fn flatten(path: &str, item: &Value, pairs: &mut Vec<(String, String)>) {
    match item.as_object() {
        Some(members) => {
            for (name, value) in members {
                member(&format!("{path}.{name}"), value, pairs);
            }
        }
        None => member(path, item, pairs),
    }
}
