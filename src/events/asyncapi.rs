//! AsyncAPI 3.0 of a whole request: a channel for each table, a message for each operation.
//!
//! AsyncAPI's own schemas are a superset of JSON Schema draft 07, and 2020-12 is none of the formats
//! that it knows. So payloads keep to what both have: definitions stand among the components, and
//! each message has a schema of its own instead of conditions.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::contract::{Contract, TableContract};
use super::envelope::{Envelope, subject};
use super::json_schema::{Definition, Rows, base, events, schema_id, then};
use super::operation::{Op, OperationContract};
use super::sample::Sampler;

/// The document. It is made while it is written, table by table.
pub(super) struct Document<'a>(pub(super) &'a Contract);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("asyncapi", "3.0.0")?;
        map.serialize_entry("info", &info(self.0))?;
        map.serialize_entry("defaultContentType", "application/json")?;
        let sampler = Sampler::default();
        let channel = |table: &TableContract| channel(self.0, table, &sampler);
        map.serialize_entry("channels", &EachTable(self.0, channel))?;
        let operation = |table: &TableContract| operation(self.0, table);
        map.serialize_entry("operations", &EachTable(self.0, operation))?;
        map.serialize_entry("components", &Components(self.0))?;
        map.end()
    }
}

/// Members that each table gives.
struct EachTable<'a, F>(&'a Contract, F);

impl<'a, F, V> Serialize for EachTable<'a, F>
where
    F: Fn(&'a TableContract) -> Vec<(String, V)>,
    V: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.tables.iter().flat_map(&self.1))
    }
}

struct Components<'a>(&'a Contract);

impl Serialize for Components<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("schemas", &EachTable(self.0, |table| definitions(self.0, table)))?;
        map.end()
    }
}

fn info(contract: &Contract) -> Value {
    json!({
        "title": format!("Change events of {}", contract.database.untrusted()),
        "version": "1.0.0",
        "description": contract.assumptions.join(" "),
        "x-cdc-envelope": contract.envelope,
        "x-cdc-envelope-evidence": contract.envelope.evidence(),
        "x-cdc-engine": contract.engine,
        "x-cdc-snapshot": contract.snapshot,
        "x-cdc-absent": contract.absent,
    })
}

/// A name that may stand in keys and references: letters, digits, `_`, and `-XX` for every other
/// byte. Different tables have different names.
fn key(table: &TableContract) -> String {
    let encode = |text: &str| -> String {
        let encode = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => char::from(byte).to_string(),
            byte => format!("-{byte:02X}"),
        };
        text.bytes().map(encode).collect()
    };
    let name = &table.name;
    format!("{}.{}", encode(name.schema.untrusted()), encode(name.name.untrusted()))
}

fn rows(table: &TableContract) -> Rows<'_> {
    Rows::new(table, format!("#/components/schemas/{}.", key(table)))
}

fn channel(contract: &Contract, table: &TableContract, sampler: &Sampler) -> Vec<(String, Value)> {
    let mut rows = rows(table);
    let samples = sampler.samples(contract, table);
    let messages: Map<String, Value> = events(contract, table)
        .into_iter()
        .filter_map(|operation| {
            let mut message = message(contract, table, operation, &mut rows)?;
            let sample = samples.iter().find(|sample| sample.op == operation.op);
            if let Some(sample) = sample {
                let payload = payload_of(contract.envelope, &sample.event);
                message["examples"] = json!([{"name": operation.op.as_str(), "payload": payload}]);
            }
            Some((operation.op.as_str().to_owned(), message))
        })
        .collect();
    let channel = json!({
        "address": subject(contract, &table.name),
        "title": table.name.display(),
        "description": "The address is the subject that is assumed; EventBridge publishes none.",
        "messages": messages,
        "x-cdc-table": table.name,
        "x-cdc-key": table.key,
        "x-cdc-schema": schema_id(contract, table),
    });
    vec![(key(table), channel)]
}

/// The part of a sample that the payload's schema describes.
fn payload_of(envelope: Envelope, event: &Value) -> &Value {
    match envelope {
        Envelope::Debezium => &event["data"],
        Envelope::DebeziumCloudEvents | Envelope::Dts => event,
    }
}

fn message<'a>(
    contract: &Contract,
    table: &TableContract,
    operation: &'a OperationContract,
    rows: &mut Rows<'a>,
) -> Option<Value> {
    let mut payload = base(contract, table, &[operation.op]);
    payload["allOf"] = json!([then(contract, operation, rows)?]);
    let mut message = json!({
        "name": operation.op.as_str(),
        "title": format!("{} of {}", operation.op.as_str(), table.name.display().untrusted()),
        "contentType": "application/json",
        "payload": payload,
        "x-cdc-delivery": operation.delivery,
        "x-cdc-evidence": operation.evidence,
        "x-cdc-notes": operation.notes,
    });
    let has_transaction = contract.transaction_metadata && operation.op != Op::Read;
    if has_transaction && contract.envelope == Envelope::Debezium {
        message["correlationId"] = json!({"location": "$message.payload#/transaction/id"});
    }
    Some(message)
}

fn operation(contract: &Contract, table: &TableContract) -> Vec<(String, Value)> {
    let key = key(table);
    let refer = |path: String| json!({"$ref": path});
    let messages: Vec<Value> = events(contract, table)
        .iter()
        .map(|operation| refer(format!("#/channels/{key}/messages/{}", operation.op.as_str())))
        .collect();
    let operation = json!({
        "action": "receive",
        "channel": refer(format!("#/channels/{key}")),
        "summary": format!("Changes of {}", table.name.display().untrusted()),
        "messages": messages,
    });
    vec![(format!("receive.{key}"), operation)]
}

fn definitions<'a>(contract: &Contract, table: &'a TableContract) -> Vec<(String, Definition<'a>)> {
    let mut rows = rows(table);
    for operation in events(contract, table) {
        then(contract, operation, &mut rows);
    }
    let key = key(table);
    let named = |(name, schema)| (format!("{key}.{name}"), schema);
    rows.into_definitions(contract).into_iter().map(named).collect()
}
