//! One JSON Schema (draft 2020-12) per table, of its events.

mod cloud_events;
mod dts;

use std::collections::BTreeMap;

use cdc_checks::Engine;
use serde_json::{Map, Value, json};

pub(super) use dts::operation_type;

use super::contract::{ColumnContract, Contract, TableContract};
use super::envelope::{Envelope, percent_encode};
use super::image::{ColumnImage, Image, Presence};
use super::operation::{Op, OperationContract};

/// The schema of a table's events in the contract's envelope. What surrounds the rows is open, because
/// engines add to it; rows are closed. A tombstone has no value: it is told of beside.
pub fn schema(contract: &Contract, table: &TableContract) -> Value {
    let mut rows = Rows::new(table, "#/$defs/");
    let operations = events(contract, table);
    let rules: Vec<Value> = operations
        .iter()
        .filter_map(|operation| {
            let then = then(contract, operation, &mut rows)?;
            Some(json!({"if": condition(contract.envelope, operation.op), "then": then}))
        })
        .collect();
    let ops: Vec<Op> = operations.iter().map(|operation| operation.op).collect();
    let mut schema = base(contract, table, &ops);
    let told = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(contract, table),
        "title": table.name.display(),
        "description": contract.assumptions.join(" "),
        "x-cdc-envelope": contract.envelope,
        "x-cdc-key": table.key,
        "x-cdc-deliveries": deliveries(table),
        "x-cdc-tombstone": contract.tombstones,
        "$defs": rows.into_definitions(contract),
    });
    extend(&mut schema, told);
    if let Some(change) = &table.key_change {
        schema["x-cdc-key-change"] = json!(change);
    }
    // The keyword wants at least one element; a table without events has none.
    if !rules.is_empty() {
        schema["allOf"] = json!(rules);
    }
    schema
}

/// The operations of a table that give events.
pub(super) fn events<'a>(
    contract: &Contract,
    table: &'a TableContract,
) -> Vec<&'a OperationContract> {
    let gives = |operation: &&OperationContract| {
        operation.before.is_some() && contract.envelope.relays(operation.op)
    };
    table.operations.iter().filter(gives).collect()
}

/// What surrounds the rows in events of these operations.
pub(super) fn base(contract: &Contract, table: &TableContract, ops: &[Op]) -> Value {
    match contract.envelope {
        Envelope::Debezium => debezium(ops),
        Envelope::DebeziumCloudEvents => cloud_events::base(contract, table, ops),
        Envelope::Dts => dts::base(table, ops),
    }
}

/// What tells an event of one operation from the others.
fn condition(envelope: Envelope, op: Op) -> Value {
    match envelope {
        Envelope::Debezium => {
            json!({"properties": {"op": {"const": op.letter()}}, "required": ["op"]})
        }
        Envelope::DebeziumCloudEvents => cloud_events::condition(op),
        Envelope::Dts => dts::condition(op),
    }
}

/// What holds for events of one operation; `None` where no such event comes.
pub(super) fn then<'a>(
    contract: &Contract,
    operation: &'a OperationContract,
    rows: &mut Rows<'a>,
) -> Option<Value> {
    match contract.envelope {
        Envelope::Debezium => debezium_rows(operation, contract, rows),
        Envelope::DebeziumCloudEvents => cloud_events::rows(operation, rows),
        Envelope::Dts => Some(dts::images(operation.op)),
    }
}

/// The letters of operations, as a schema; no value fits where there are none.
fn letters(ops: &[Op]) -> Value {
    match ops {
        [] => json!(false),
        ops => json!({"enum": ops.iter().map(|op| op.letter()).collect::<Vec<_>>()}),
    }
}

fn debezium(ops: &[Op]) -> Value {
    let image = json!({"type": ["object", "null"]});
    json!({
        "type": "object",
        "required": ["op", "source", "ts_ms"],
        "properties": {
            "before": image,
            "after": image,
            "op": letters(ops),
            "source": {"type": "object"},
            "transaction": {"type": ["object", "null"]},
            "ts_ms": {"type": "integer"},
            "ts_us": {"type": "integer"},
            "ts_ns": {"type": "integer"},
        },
    })
}

/// Adds the members of one object to another.
fn extend(schema: &mut Value, members: Value) {
    if let (Some(schema), Value::Object(members)) = (schema.as_object_mut(), members) {
        schema.extend(members);
    }
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
    let (schema, name) = (percent_encode(&table.name.schema), percent_encode(&table.name.name));
    match contract.engine {
        Engine::MySql => format!("urn:cdc:{engine}:{schema}:{name}"),
        Engine::Postgres => {
            format!("urn:cdc:{engine}:{}:{schema}:{name}", percent_encode(&contract.database))
        }
    }
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

fn debezium_rows<'a>(
    op: &'a OperationContract,
    contract: &Contract,
    rows: &mut Rows<'a>,
) -> Option<Value> {
    let (before, after) = (op.before.as_ref()?, op.after.as_ref()?);
    // Rows of a snapshot belong to no transaction.
    let in_transaction = contract.transaction_metadata && op.op != Op::Read;
    let transaction = match in_transaction {
        true => json!({"anyOf": [rows.refer("transaction"), {"type": "null"}]}),
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
    Some(then)
}

/// The rows of a table, each defined once.
pub(super) struct Rows<'a> {
    /// What stands before the name of a definition where it is referred to.
    prefix: String,
    columns: BTreeMap<&'a str, &'a ColumnContract>,
    /// The rows that have a name, in the order of the names.
    known: Vec<&'a [ColumnImage]>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(table: &'a TableContract, prefix: impl Into<String>) -> Self {
        let by_name = |column: &'a ColumnContract| (column.name.untrusted(), column);
        let columns = table.columns.iter().map(by_name).collect();
        Self { prefix: prefix.into(), columns, known: Vec::new() }
    }

    /// Everything that was referred to, by name.
    pub(super) fn into_definitions(self, contract: &Contract) -> Map<String, Value> {
        let rows = self.known.iter().enumerate();
        let mut definitions: Map<String, Value> =
            rows.map(|(place, columns)| (name(place), self.row(columns))).collect();
        if contract.transaction_metadata && contract.envelope == Envelope::Debezium {
            definitions.insert("transaction".into(), transaction());
            definitions.insert("transaction-record".into(), transaction_record());
        }
        definitions
    }

    fn refer(&self, name: &str) -> Value {
        json!({"$ref": format!("{}{name}", self.prefix)})
    }

    fn image(&mut self, image: &'a Image) -> Value {
        match image {
            Image::Null => json!({"type": "null", "x-cdc-presence": "image-null"}),
            Image::Row { columns } => self.reference(columns),
            Image::RowOrNull { columns } => {
                json!({"anyOf": [self.reference(columns), {"type": "null"}]})
            }
            Image::Unknown => json!({"type": ["object", "null"]}),
        }
    }

    /// A definition is large: whether a row has one is told by its columns.
    fn reference(&mut self, columns: &'a [ColumnImage]) -> Value {
        let place = self.known.iter().position(|known| *known == columns).unwrap_or_else(|| {
            self.known.push(columns);
            self.known.len() - 1
        });
        self.refer(&name(place))
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

/// The name of a table's first, second ... row.
fn name(place: usize) -> String {
    match place {
        0 => "row".into(),
        others => format!("row-{}", others + 1),
    }
}

/// The schema of what stands for a column; `None` where its name does not occur.
fn property(column: &ColumnContract, presence: &Presence) -> Option<Value> {
    const MADE_UP: &str = "Not the old value, which was not sent: made up.";
    const NOT_SENT: &str = "Null means that the old value was not sent.";
    let value = || column.schema.clone();
    let (mut schema, annotations) = match presence {
        Presence::Absent => return None,
        Presence::Fabricated { value: fabricated } => {
            let schema = fabricated.as_ref().map_or_else(
                || json!({}),
                |fabricated| {
                    let mut schema = or_fabricated(value(), fabricated);
                    schema["x-cdc-fabricated-value"] = fabricated.clone();
                    schema
                },
            );
            (schema, json!({"x-cdc-fabricated": true, "description": MADE_UP}))
        }
        Presence::NullAsDefault { default } => (value(), json!({"x-cdc-null-as-default": default})),
        Presence::UnchangedPlaceholder { placeholder, nullable } => {
            (or_placeholder(value(), placeholder.as_ref(), *nullable), json!({}))
        }
        Presence::Unknown => (json!({}), json!({"x-cdc-unsettled": true})),
        Presence::UnknownNull => {
            (json!({"type": "null"}), json!({"x-cdc-unknown": true, "description": NOT_SENT}))
        }
        Presence::Value => (value(), json!({})),
        Presence::ValueOrNull => (json!({"anyOf": [value(), {"type": "null"}]}), json!({})),
    };
    schema["x-cdc-presence"] = json!(presence.as_str());
    if let (Value::Object(members), Value::Object(annotations)) = (&mut schema, annotations) {
        members.extend(annotations);
    }
    Some(schema)
}

/// What is made up is of the type, but not always of the form, that a true value has: empty text is
/// no UUID.
fn or_fabricated(schema: Value, fabricated: &Value) -> Value {
    let is_free = |member: &String| matches!(member.as_str(), "type" | "maxLength" | "items");
    let is_empty = *fabricated == json!("") || *fabricated == json!([]);
    let fits = schema.as_object().is_some_and(|members| members.keys().all(is_free));
    if !is_empty || fits {
        return schema;
    }
    json!({"anyOf": [schema, {"const": fabricated}]})
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
