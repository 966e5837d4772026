//! Sample events: one for each operation that gives events, as conformant CloudEvents with values
//! that fit the columns. The same contract gives the same bytes.

mod dts;
mod value;
mod words;

use serde_json::{Map, Value, json};

use super::contract::{ColumnContract, Contract, Evidence, Key, TableContract};
use super::envelope::{Envelope, connector, event_id, event_type, subject};
use super::image::{ColumnImage, Image, Presence};
use super::json_schema::{events, schema_id};
use super::operation::{Op, OperationContract};
use crate::events::DatabaseKind;
use value::Patterns;

/// The moment of every sample, 2026-01-15 09:30 UTC, in milliseconds since 1970.
const MOMENT_MS: i64 = 1_768_469_400_000;
/// The same as text.
const MOMENT: &str = "2026-01-15T09:30:00Z";
/// The stream that samples come from. EventBridge puts the name of the event stream there.
const SOURCE: &str = "sample-stream";
/// The version of the engine that events were captured from.
const VERSION: &str = "3.6.3.Final";

/// A sample of one operation's events.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The operation.
    pub op: Op,
    /// How the form is known.
    pub evidence: Evidence,
    /// The whole event.
    pub event: Value,
}

/// The samples of a table, in the order of its operations. An operation whose rows are not known has
/// none.
pub fn samples(contract: &Contract, table: &TableContract) -> Vec<Sample> {
    Sampler::default().samples(contract, table)
}

/// Makes samples, and remembers what fits the patterns of one table for the next.
#[derive(Default)]
pub(super) struct Sampler {
    patterns: Patterns,
}

impl Sampler {
    /// As [`samples`].
    pub(super) fn samples(&self, contract: &Contract, table: &TableContract) -> Vec<Sample> {
        let states = States::of(table, &self.patterns);
        let sample = |operation: &&OperationContract| sample(contract, &states, operation);
        events(contract, table).iter().filter_map(sample).collect()
    }
}

/// A table with the values of its columns in two states of one row: as an insert made it, and as an
/// update left it.
struct States<'a> {
    table: &'a TableContract,
    values: Vec<[Value; 2]>,
}

impl<'a> States<'a> {
    fn of(table: &'a TableContract, patterns: &Patterns) -> Self {
        let values = |column: &ColumnContract| {
            let first = value::of(column, 0, patterns);
            // A key stays what it is.
            let second = match is_key(table, column) {
                true => first.clone(),
                false => value::of(column, 1, patterns),
            };
            [first, second]
        };
        Self { table, values: table.columns.iter().map(values).collect() }
    }
}

fn sample(contract: &Contract, states: &States, operation: &OperationContract) -> Option<Sample> {
    let table = states.table;
    let rows = Rows::of(states, operation)?;
    let op = operation.op;
    let evidence = match contract.envelope {
        Envelope::Dts if op == Op::Create => Evidence::Documented,
        Envelope::Dts => Evidence::Inferred,
        Envelope::Debezium | Envelope::DebeziumCloudEvents => operation.evidence,
    };
    let mut event = attributes(contract, table, op, evidence);
    match contract.envelope {
        Envelope::Debezium => {
            event["dataschema"] = json!(schema_id(contract, table));
            event["data"] = debezium(contract, table, op, rows);
        }
        Envelope::DebeziumCloudEvents => {
            add_debezium_attributes(&mut event, contract, table, op);
            event["data"] = json!({"payload": {"before": rows.before, "after": rows.after}});
        }
        Envelope::Dts => event["data"] = dts::data(contract, states, op),
    }
    Some(Sample { op, evidence, event })
}

/// The attributes that CloudEvents asks for, and two of our own that keep a sample from being taken
/// for what EventBridge sends.
fn attributes(contract: &Contract, table: &TableContract, op: Op, evidence: Evidence) -> Value {
    let subject = subject(contract, &table.name);
    json!({
        "specversion": "1.0",
        "id": event_id(&subject, op),
        "source": SOURCE,
        "type": event_type(contract),
        "subject": match contract.envelope {
            Envelope::Dts => "acs:dts:cn-hangzhou:123456789012:sampletask/sampleid".to_owned(),
            Envelope::Debezium | Envelope::DebeziumCloudEvents => subject,
        },
        "time": MOMENT,
        "datacontenttype": "application/json; charset=utf-8",
        "preflightevidence": evidence.as_str(),
        "preflightassumption": contract.envelope.assumption(),
    })
}

/// The two rows of an event.
struct Rows {
    before: Value,
    after: Value,
}

impl Rows {
    /// An update changes the row that an insert made, and a delete removes what the update left.
    fn of(states: &States, operation: &OperationContract) -> Option<Self> {
        let (old, new) = match operation.op {
            Op::Delete => (1, 1),
            Op::Update => (0, 1),
            Op::Create | Op::Read | Op::Truncate => (0, 0),
        };
        Some(Self {
            before: row(states, operation.before.as_ref()?, old, operation.op)?,
            after: row(states, operation.after.as_ref()?, new, operation.op)?,
        })
    }
}

fn row(states: &States, image: &Image, state: usize, op: Op) -> Option<Value> {
    let columns = match image {
        // The samples change no identity.
        Image::Null | Image::RowOrNull { .. } => return Some(Value::Null),
        Image::Unknown => return None,
        Image::Row { columns } => columns,
    };
    let members = columns.iter().zip(&states.values).filter_map(|(image, values)| {
        let shown = shown(image, values.get(state)?, op)?;
        Some((image.name.untrusted().to_owned(), shown))
    });
    Some(Value::Object(members.collect::<Map<_, _>>()))
}

/// What stands for a column; `None` where its name does not occur.
fn shown(image: &ColumnImage, value: &Value, op: Op) -> Option<Value> {
    Some(match &image.presence {
        Presence::Absent | Presence::Unknown => return None,
        Presence::Fabricated { value: Some(fabricated) } => fabricated.clone(),
        // The stand-in of an update, so that consumers see what it looks like.
        Presence::UnchangedPlaceholder { placeholder: Some(placeholder), .. }
            if op == Op::Update =>
        {
            placeholder.clone()
        }
        Presence::UnknownNull => Value::Null,
        Presence::Fabricated { value: None }
        | Presence::NullAsDefault { .. }
        | Presence::UnchangedPlaceholder { .. }
        | Presence::Value
        | Presence::ValueOrNull => value.clone(),
    })
}

fn is_key(table: &TableContract, column: &ColumnContract) -> bool {
    matches!(&table.key, Key::Columns { columns, .. } if columns.contains(&column.name))
}

fn debezium(contract: &Contract, table: &TableContract, op: Op, rows: Rows) -> Value {
    let transaction = (contract.transaction_metadata && op != Op::Read).then(|| {
        let id = match contract.engine {
            DatabaseKind::MySql => "file=binlog.000003,pos=1234",
            DatabaseKind::Postgres => "761:24023128",
        };
        json!({"id": id, "total_order": 1, "data_collection_order": 1})
    });
    json!({
        "before": rows.before,
        "after": rows.after,
        "source": source(contract, table, op),
        "transaction": transaction,
        "op": op.letter(),
        "ts_ms": MOMENT_MS,
        "ts_us": MOMENT_MS * 1_000,
        "ts_ns": MOMENT_MS * 1_000_000,
    })
}

/// Where a change comes from.
fn source(contract: &Contract, table: &TableContract, op: Op) -> Value {
    let mut source = json!({
        "version": VERSION,
        "connector": connector(contract.engine),
        "name": SOURCE,
        "ts_ms": MOMENT_MS,
        "snapshot": if op == Op::Read { "true" } else { "false" },
        "db": database(contract, table),
        "sequence": null,
        "table": table.name.name,
    });
    let place = match contract.engine {
        DatabaseKind::MySql => json!({
            "server_id": 1, "gtid": null, "file": "binlog.000003", "pos": 1234, "row": 0,
            "thread": 42, "query": null,
        }),
        DatabaseKind::Postgres => json!({
            "schema": table.name.schema, "txId": 761, "lsn": 24_023_128, "xmin": null,
            "sequence": "[\"24023064\",\"24023128\"]",
        }),
    };
    if let (Some(source), Value::Object(place)) = (source.as_object_mut(), place) {
        source.extend(place);
    }
    source
}

fn database<'a>(contract: &'a Contract, table: &'a TableContract) -> &'a cdc_checks::Text {
    match contract.engine {
        DatabaseKind::MySql => &table.name.schema,
        DatabaseKind::Postgres => &contract.database,
    }
}

/// The engine's own attributes, without those that CloudEvents does not allow: null ones, and one
/// with a capital letter.
fn add_debezium_attributes(event: &mut Value, contract: &Contract, table: &TableContract, op: Op) {
    event["source"] = json!(format!("/debezium/{}/{SOURCE}", connector(contract.engine)));
    event["datacontenttype"] = json!("application/json");
    event["iodebeziumop"] = json!(op.letter());
    let source = source(contract, table, op);
    let Some(members) = source.as_object() else { return };
    for (name, value) in members.iter().filter(|(name, value)| *name != "txId" && !value.is_null())
    {
        let attribute: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        // Numbers are text there, but for the row.
        let value = match value {
            Value::Number(number) if name != "row" => json!(number.to_string()),
            other => other.clone(),
        };
        event[format!("iodebezium{attribute}")] = value;
    }
    if op != Op::Read && contract.transaction_metadata {
        event["iodebeziumtxid"] = json!("761");
        event["iodebeziumtxtotalorder"] = json!("1");
        event["iodebeziumtxdatacollectionorder"] = json!("1");
    }
}
