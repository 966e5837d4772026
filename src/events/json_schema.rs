//! One JSON Schema (draft 2020-12) per table, of its events.

mod cloud_events;
mod dts;
mod property;
mod rows;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub(super) use dts::operation_type;
pub(super) use rows::{Definition, Rows};

use super::contract::{Contract, TableContract};
use super::envelope::{Envelope, percent_encode};
use super::operation::{Op, OperationContract};
use crate::events::DatabaseKind;

/// The schema of a table's events in the contract's envelope. What surrounds the rows is open, because
/// engines add to it; rows are closed. A tombstone has no value: it is told of beside.
pub fn schema(contract: &Contract, table: &TableContract) -> Value {
    serde_json::to_value(document(contract, table)).expect("every key is a text")
}

/// A schema whose rows are made while it is written: they are nearly all of it. Its members stand in
/// the order of their names.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(rename = "$defs")]
    definitions: BTreeMap<String, Definition<'a>>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// As [`schema`], to be written.
pub(super) fn document<'a>(contract: &'a Contract, table: &'a TableContract) -> Document<'a> {
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
    });
    extend(&mut schema, told);
    if let Some(change) = &table.key_change {
        schema["x-cdc-key-change"] = json!(change);
    }
    // The keyword wants at least one element; a table without events has none.
    if !rules.is_empty() {
        schema["allOf"] = json!(rules);
    }
    let others = match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Document { definitions: rows.into_definitions(contract), others }
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
        DatabaseKind::MySql => format!("urn:cdc:{engine}:{schema}:{name}"),
        DatabaseKind::Postgres => {
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
