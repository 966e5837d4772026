//! The JSON Schema of the configuration file, for editors. It follows from the definition of the
//! command line, as the file does.

use clap::Arg;
use serde_json::{Map, Value, json};

use super::file::VERSION;
use super::key::{COMMANDS, Key, Keys, Kind, holds};

/// The schema.
pub(super) fn schema(keys: &Keys) -> Value {
    let version = json!({ "description": "The version of the file's layout.", "const": VERSION });
    let mut properties = Map::from_iter([("version".to_owned(), version)]);
    properties.extend(keys.within(None).map(entry));
    for command in COMMANDS {
        let own: Map<String, Value> = keys.within(Some(command)).map(entry).collect();
        let table = json!({
            "description": format!("Holds for `{command}` alone."),
            "type": "object",
            "properties": own,
            "dependentRequired": pair(),
            "additionalProperties": false,
        });
        properties.insert(command.into(), table);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cdc-preflight configuration",
        "description": "Defaults of cdc-preflight's flags. A flag and its variable of the \
                        environment win over it.",
        "type": "object",
        "properties": properties,
        "required": ["version"],
        "dependentRequired": pair(),
        "additionalProperties": false,
    })
}

fn pair() -> Value {
    json!({ "tls-cert": ["tls-key"], "tls-key": ["tls-cert"] })
}

fn entry(key: &Key) -> (String, Value) {
    let mut schema = match key.kind() {
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::One => one(&key.arg),
        Kind::Several if key.name() == "waivers" => waivers(one(&key.arg)),
        Kind::Several => {
            let item = one(&key.arg);
            json!({ "anyOf": [item, { "type": "array", "items": item }] })
        }
        Kind::Named if key.name() == "threshold" => {
            json!({ "type": "object", "additionalProperties": { "type": "integer", "minimum": 0 } })
        }
        Kind::Named if key.name() == "level" => {
            let levels = ["required", "recommended", "informational"];
            json!({ "type": "object", "additionalProperties": { "enum": levels } })
        }
        Kind::Named => json!({ "type": "object" }),
    };
    if let Some(members) = schema.as_object_mut() {
        let help = key.arg.get_help().map(ToString::to_string).unwrap_or_default();
        members.insert("description".into(), help.into());
    }
    (key.name().to_owned(), schema)
}

/// Files of waivers, or the waivers themselves.
fn waivers(file: Value) -> Value {
    let (text, date) = (json!({ "type": "string" }), json!({ "description": "A date" }));
    let waiver = json!({
        "type": "object",
        "properties": { "check": text, "subject": text, "target": text, "reason": text,
                        "owner": text, "expires": date },
        "required": ["check", "reason", "owner", "expires"],
        "additionalProperties": false,
    });
    json!({ "anyOf": [file, { "type": "array", "items": file },
                      { "type": "array", "items": waiver }] })
}

fn one(arg: &Arg) -> Value {
    if holds::<u64>(arg) || holds::<u32>(arg) || holds::<u16>(arg) {
        return json!({ "type": "integer", "minimum": 0 });
    }
    let words: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if words.is_empty() {
        return json!({ "type": ["string", "number"] });
    }
    json!({ "type": "string", "enum": words })
}
