//! One JSON Schema (draft 2020-12) per table, of the value of its events.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cdc_checks::{Engine, Text};
use serde_json::{Map, Value, json};

use super::contract::{ColumnContract, Contract, TableContract};
use super::image::{ColumnImage, Image, Presence};
use super::operation::{Op, OperationContract};

/// The schema of the value of a table's events. `source` is open, because engines add to it; rows
/// are closed. A tombstone has no value: it is told of beside.
pub fn schema(contract: &Contract, table: &TableContract) -> Value {
    let mut rows = Rows::new(table);
    let rules: Vec<Value> =
        table.operations.iter().filter_map(|op| rule(op, contract, &mut rows)).collect();
    let ops: Vec<&str> =
        table.operations.iter().filter(|op| op.before.is_some()).map(|op| op.op.letter()).collect();
    let image = json!({"type": ["object", "null"]});
    let mut definitions = rows.definitions;
    if contract.transaction_metadata {
        definitions.insert("transaction".into(), transaction());
        definitions.insert("transaction-record".into(), transaction_record());
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(contract, table),
        "title": table.name.display(),
        "description": contract.assumptions.join(" "),
        "type": "object",
        "required": ["op", "source", "ts_ms"],
        "properties": {
            "before": image,
            "after": image,
            "op": {"enum": ops},
            "source": {"type": "object"},
            "transaction": {"type": ["object", "null"]},
            "ts_ms": {"type": "integer"},
            "ts_us": {"type": "integer"},
            "ts_ns": {"type": "integer"},
        },
        "x-cdc-key": table.key,
        "x-cdc-deliveries": deliveries(table),
        "x-cdc-tombstone": contract.tombstones,
        "$defs": definitions,
    });
    if let Some(change) = &table.key_change {
        schema["x-cdc-key-change"] = json!(change);
    }
    // Both keywords want at least one element; a table without events has none.
    if rules.is_empty() {
        schema["properties"]["op"] = json!(false);
    } else {
        schema["allOf"] = json!(rules);
    }
    schema
}

/// Whether each operation gives an event, by its letter, and how that is known.
fn deliveries(table: &TableContract) -> Value {
    let of = |op: &OperationContract| {
        let told = json!({"delivery": op.delivery, "evidence": op.evidence, "notes": op.notes});
        (op.op.letter().to_owned(), told)
    };
    Value::Object(table.operations.iter().map(of).collect())
}

/// `urn:cdc:<engine>:<database>:<schema>:<table>`; MySQL has no schema. Whatever is not a letter, a
/// digit or one of `-._~` is percent-encoded, so that different names have different ids.
pub fn schema_id(contract: &Contract, table: &TableContract) -> String {
    let engine = contract.engine.as_str();
    let (schema, name) = (encode(&table.name.schema), encode(&table.name.name));
    match contract.engine {
        Engine::MySql => format!("urn:cdc:{engine}:{schema}:{name}"),
        Engine::Postgres => {
            format!("urn:cdc:{engine}:{}:{schema}:{name}", encode(&contract.database))
        }
    }
}

fn encode(text: &Text) -> String {
    let mut encoded = String::new();
    for byte in text.untrusted().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The place of an event in its transaction.
fn transaction() -> Value {
    json!({
        "type": "object",
        "required": ["id", "total_order", "data_collection_order"],
        "properties": {
            "id": {"type": "string"},
            "total_order": {"type": "integer", "minimum": 1},
            "data_collection_order": {"type": "integer", "minimum": 1},
        },
    })
}

/// The event, in a stream of its own, that tells of the begin or the end of a transaction.
fn transaction_record() -> Value {
    let count = json!({"type": ["integer", "null"], "minimum": 0});
    let collection = json!({
        "type": "object",
        "required": ["data_collection", "event_count"],
        "properties": {
            "data_collection": {"type": "string"},
            "event_count": {"type": "integer", "minimum": 1},
        },
    });
    json!({
        "type": "object",
        "required": ["status", "id"],
        "properties": {
            "status": {"enum": ["BEGIN", "END"]},
            "id": {"type": "string"},
            "event_count": count,
            "data_collections": {"type": ["array", "null"], "items": collection},
            "ts_ms": {"type": "integer"},
        },
    })
}

/// What an event holds under one `op`; `None` where no such event comes.
fn rule(op: &OperationContract, contract: &Contract, rows: &mut Rows) -> Option<Value> {
    let (before, after) = (op.before.as_ref()?, op.after.as_ref()?);
    // Rows of a snapshot belong to no transaction.
    let in_transaction = contract.transaction_metadata && op.op != Op::Read;
    let transaction = match in_transaction {
        true => json!({"anyOf": [{"$ref": "#/$defs/transaction"}, {"type": "null"}]}),
        false => json!({"type": "null"}),
    };
    let mut then = json!({"properties": {
        "before": rows.image(before),
        "after": rows.image(after),
        "transaction": transaction,
    }});
    // Some versions leave both out of a TRUNCATE.
    if op.op != Op::Truncate {
        then["required"] = json!(["before", "after"]);
    }
    Some(json!({
        "if": {"properties": {"op": {"const": op.op.letter()}}, "required": ["op"]},
        "then": then,
    }))
}

/// The rows of a table, each defined once.
struct Rows<'a> {
    columns: BTreeMap<&'a str, &'a ColumnContract>,
    definitions: Map<String, Value>,
}

impl<'a> Rows<'a> {
    fn new(table: &'a TableContract) -> Self {
        let by_name = |column: &'a ColumnContract| (column.name.untrusted(), column);
        Self { columns: table.columns.iter().map(by_name).collect(), definitions: Map::new() }
    }

    fn image(&mut self, image: &Image) -> Value {
        match image {
            Image::Null => json!({"type": "null"}),
            Image::Row { columns } => self.reference(columns),
            Image::Unknown => json!({"type": ["object", "null"]}),
        }
    }

    fn reference(&mut self, columns: &[ColumnImage]) -> Value {
        let row = self.row(columns);
        let known = self.definitions.iter().find(|(_, definition)| **definition == row);
        let name = match known {
            Some((name, _)) => name.clone(),
            None => {
                let name = match self.definitions.len() {
                    0 => "row".to_owned(),
                    others => format!("row-{}", others + 1),
                };
                self.definitions.insert(name.clone(), row);
                name
            }
        };
        json!({"$ref": format!("#/$defs/{name}")})
    }

    fn row(&self, columns: &[ColumnImage]) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for image in columns {
            let name = image.name.untrusted();
            let Some(column) = self.columns.get(name) else { continue };
            let Some(schema) = property(column, &image.presence) else { continue };
            properties.insert(name.to_owned(), schema);
            // A column whose type the rules do not cover may be left out by the engine.
            if image.presence != Presence::Unknown {
                required.push(name);
            }
        }
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

/// The schema of what stands for a column; `None` where its name does not occur.
fn property(column: &ColumnContract, presence: &Presence) -> Option<Value> {
    let value = column.schema.clone();
    Some(match presence {
        Presence::Absent => return None,
        Presence::Fabricated { value: Some(fabricated) } => annotate(
            value,
            &[("x-cdc-fabricated", json!(true)), ("x-cdc-fabricated-value", fabricated.clone())],
        ),
        Presence::Fabricated { value: None } => json!({"x-cdc-fabricated": true}),
        Presence::NullAsDefault { default } => {
            annotate(value, &[("x-cdc-null-as-default", default.clone())])
        }
        Presence::UnchangedPlaceholder { placeholder, nullable } => {
            or_placeholder(value, placeholder.as_ref(), *nullable)
        }
        Presence::Unknown => json!({"x-cdc-unsettled": true}),
        Presence::UnknownNull => json!({"type": "null", "x-cdc-unknown": true}),
        Presence::Value => value,
        Presence::ValueOrNull => json!({"anyOf": [value, {"type": "null"}]}),
    })
}

fn annotate(mut schema: Value, annotations: &[(&str, Value)]) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.extend(annotations.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    schema
}

/// Without a known stand-in anything may stand there.
fn or_placeholder(value: Value, placeholder: Option<&Value>, nullable: bool) -> Value {
    let Some(placeholder) = placeholder else {
        return json!({"x-cdc-placeholder": "unknown"});
    };
    let mut choices = vec![value, json!({"const": placeholder})];
    if nullable && !placeholder.is_null() {
        choices.push(json!({"type": "null"}));
    }
    json!({"anyOf": choices, "x-cdc-placeholder": placeholder})
}
