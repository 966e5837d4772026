//! Debezium's own CloudEvents: metadata in attributes, rows in `data`.

use serde_json::{Value, json};

use super::{Rows, letters};
use crate::events::DatabaseKind;
use crate::events::contract::{Contract, TableContract};
use crate::events::operation::{Op, OperationContract};

/// Attributes as they were seen, which is not as CloudEvents wants them: they may be null, and
/// `iodebeziumtxId` has a capital letter.
pub(super) fn base(contract: &Contract, table: &TableContract, ops: &[Op]) -> Value {
    let mut schema = json!({
        "type": "object",
        "required": ["id", "source", "specversion", "type", "iodebeziumop", "iodebeziumtable", "data"],
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "specversion": {"const": "1.0"},
            "type": {"enum": types(contract.engine)},
            "time": {"type": "string"},
            "datacontenttype": {"type": "string", "pattern": "^application/json"},
            "iodebeziumop": letters(ops),
            "iodebeziumsnapshot": {"type": ["string", "null"]},
            "iodebeziumtable": {"const": table.name.name},
            "data": {"type": "object"},
        },
        "patternProperties": {
            "^iodebezium": {"type": ["string", "integer", "boolean", "null"]},
        },
    });
    let (database, schema_name) = match contract.engine {
        DatabaseKind::MySql => (&table.name.schema, None),
        DatabaseKind::Postgres => (&contract.database, Some(&table.name.schema)),
    };
    schema["properties"]["iodebeziumdb"] = json!({"const": database});
    if let Some(name) = schema_name {
        schema["properties"]["iodebeziumschema"] = json!({"const": name});
    }
    schema
}

fn types(engine: DatabaseKind) -> Vec<&'static str> {
    match engine {
        DatabaseKind::MySql => vec![
            "io.debezium.connector.mysql.DataChangeEvent",
            "io.debezium.connector.mariadb.DataChangeEvent",
        ],
        DatabaseKind::Postgres => vec!["io.debezium.connector.postgresql.DataChangeEvent"],
    }
}

pub(super) fn condition(op: Op) -> Value {
    json!({
        "properties": {"iodebeziumop": {"const": op.letter()}},
        "required": ["iodebeziumop"],
    })
}

/// The rows stand in `data.payload` beside their schema, or in `data` where the converter is told to
/// send no schemas.
pub(super) fn rows<'a>(operation: &'a OperationContract, rows: &mut Rows<'a>) -> Option<Value> {
    let images = json!({
        "type": "object",
        "required": ["before", "after"],
        "properties": {
            "before": rows.image(operation.before.as_ref()?),
            "after": rows.image(operation.after.as_ref()?),
        },
    });
    let data = json!({
        "if": {"required": ["payload"]},
        "then": {"properties": {"payload": images, "schema": {"type": "object"}}},
        "else": images,
    });
    Some(json!({"properties": {"data": data}}))
}
