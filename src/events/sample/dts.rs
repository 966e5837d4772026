//! The data of an event that Data Transmission Service relays, by EventBridge's documented sample.

use serde_json::{Value, json};

use super::{MOMENT_MS, States, database, is_key, words};
use crate::events::DatabaseKind;
use crate::events::contract::{ColumnContract, Contract, TableContract};
use crate::events::json_schema::operation_type;
use crate::events::operation::Op;

/// The data without the copies of the schema that the rows carry in the documented sample.
pub(super) fn data(contract: &Contract, states: &States, op: Op) -> Value {
    let table = states.table;
    let mut data = json!({
        "id": 1001,
        "topicPartition": {"hash": 0, "partition": 0, "topic": "sample_topic"},
        "offset": 1001,
        "sourceTimestamp": MOMENT_MS / 1000,
        "operationType": operation_type(op),
        "schema": schema(contract, table),
    });
    if op != Op::Create {
        let state = usize::from(op == Op::Delete);
        data["beforeImage"] = image(states, state);
    }
    if op != Op::Delete {
        data["afterImage"] = image(states, usize::from(op == Op::Update));
    }
    data
}

fn schema(contract: &Contract, table: &TableContract) -> Value {
    let fields: Vec<Value> = table
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            json!({
                "fieldName": column.name,
                "isPrimaryKey": is_key(table, column),
                "isUniqueKey": is_key(table, column),
                "fieldPosition": place,
            })
        })
        .collect();
    let database = database(contract, table);
    let (schema, name) = (table.name.schema.untrusted(), table.name.name.untrusted());
    json!({
        "recordFields": fields,
        "schemaId": format!("({},{schema},{name})", database.untrusted()),
        "databaseName": database,
        "tableName": name,
        "databaseInfo": {"databaseType": match contract.engine {
            DatabaseKind::MySql => "MySQL",
            DatabaseKind::Postgres => "PostgreSQL",
        }},
    })
}

fn image(states: &States, state: usize) -> Value {
    let columns = states.table.columns.iter().zip(&states.values);
    let cells = columns.map(|(column, values)| match values.get(state) {
        Some(value) => of_column(column, value),
        None => Value::Null,
    });
    json!({"values": cells.collect::<Vec<_>>()})
}

/// Decimals and moments, which the connector encodes, have forms of their own here.
fn of_column(column: &ColumnContract, value: &Value) -> Value {
    let encoding = column.encoding.as_deref().unwrap_or_default();
    if column.schema.get("x-cdc-decimal").is_some() {
        return cell(&json!(words::DECIMAL));
    }
    match encoding {
        "days since 1970-01-01" => json!({"year": 2026, "month": 1, "day": 15}),
        "moment in UTC" => json!({"timestampSec": MOMENT_MS / 1000, "micro": 0}),
        encoding if encoding.contains("since 1970") => json!({
            "year": 2026, "month": 1, "day": 15, "hour": 9, "minute": 30, "second": 0, "naons": 0,
        }),
        _ => cell(value),
    }
}

/// A number stands as it is; text is a buffer of signed bytes.
fn cell(value: &Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::Number(number) => return json!({"data": number}),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bytes: Vec<i8> = text.bytes().map(|byte| byte.cast_signed()).collect();
    let length = bytes.len();
    json!({
        "data": {
            "hb": bytes, "offset": 0, "isReadOnly": false, "bigEndian": true,
            "nativeByteOrder": false, "mark": -1, "position": 0, "limit": length,
            "capacity": length, "address": 0,
        },
        "charset": "utf8mb4",
    })
}
