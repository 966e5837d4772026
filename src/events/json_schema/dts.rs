//! Events that Data Transmission Service relays, by EventBridge's documented sample: the values of a
//! row stand in a list, in the order of the fields that are described beside it.

use serde_json::{Value, json};

use crate::events::contract::TableContract;
use crate::events::operation::Op;

/// The word for an operation; `None` for what is not relayed.
pub(in crate::events) fn operation_type(op: Op) -> Option<&'static str> {
    match op {
        Op::Create => Some("INSERT"),
        Op::Delete => Some("DELETE"),
        Op::Update => Some("UPDATE"),
        Op::Read | Op::Truncate => None,
    }
}

pub(super) fn base(table: &TableContract, ops: &[Op]) -> Value {
    let words: Vec<&str> = ops.iter().filter_map(|op| operation_type(*op)).collect();
    let operation = if words.is_empty() { json!(false) } else { json!({"enum": words}) };
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.untrusted()).collect();
    let names = if columns.is_empty() { json!({}) } else { json!({"enum": columns}) };
    json!({
        "type": "object",
        "required": ["id", "source", "specversion", "type", "subject", "data"],
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "specversion": {"const": "1.0"},
            "type": {"const": "dts:ConsumeMessage"},
            "subject": {"type": "string", "pattern": "^acs:dts:"},
            "time": {"type": "string"},
            "datacontenttype": {"type": "string", "pattern": "^application/json"},
            "data": {
                "type": "object",
                "required": ["id", "operationType", "schema"],
                "properties": {
                    "id": {"type": "integer"},
                    "topicPartition": {"type": "object"},
                    "offset": {"type": "integer"},
                    "sourceTimestamp": {"type": "integer"},
                    "operationType": operation,
                    "schema": record_schema(table, &names),
                    "beforeImage": image(),
                    "afterImage": image(),
                },
            },
        },
    })
}

fn record_schema(table: &TableContract, names: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["recordFields", "tableName"],
        "properties": {
            "tableName": {"const": table.name.name},
            "recordFields": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["fieldName"],
                    "properties": {
                        "fieldName": names,
                        "rawDataTypeNum": {"type": "integer"},
                        "isPrimaryKey": {"type": "boolean"},
                        "isUniqueKey": {"type": "boolean"},
                        "fieldPosition": {"type": "integer"},
                    },
                },
            },
        },
    })
}

/// A row, or nothing. Cells are objects: a number or a text in `data`, or the parts of a time.
fn image() -> Value {
    json!({
        "type": ["object", "null"],
        "required": ["values"],
        "properties": {
            "values": {"type": "array", "items": {"type": ["object", "null"]}},
            "size": {"type": "integer"},
        },
    })
}

pub(super) fn condition(op: Op) -> Value {
    let word = operation_type(op);
    json!({
        "properties": {"data": {
            "properties": {"operationType": {"const": word}},
            "required": ["operationType"],
        }},
        "required": ["data"],
    })
}

/// Which rows an operation has. That an insert has no old one and a delete no new one is concluded
/// from the words, not documented.
pub(super) fn images(op: Op) -> Value {
    let required: &[&str] = match op {
        Op::Create => &["afterImage"],
        Op::Delete => &["beforeImage"],
        _ => &["beforeImage", "afterImage"],
    };
    let is_row = json!({"type": "object"});
    let images: serde_json::Map<String, Value> =
        required.iter().map(|name| ((*name).to_owned(), is_row.clone())).collect();
    json!({"properties": {"data": {"properties": images, "required": required}}})
}
