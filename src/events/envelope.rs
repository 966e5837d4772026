//! The form around the rows: what an event is called, and where in it the rows stand.

use std::fmt::Write as _;

use cdc_checks::{TableName, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contract::{Contract, Evidence};
use super::operation::Op;
use crate::events::DatabaseKind;

/// The form in which events are taken to arrive.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// Debezium's `before`, `after`, `op`, `source`: what EventBridge's native sources are taken to
    /// deliver.
    #[default]
    Debezium,
    /// Debezium's own CloudEvents, with the metadata in attributes that begin with `iodebezium`.
    #[serde(rename = "debezium-cloudevents")]
    #[value(name = "debezium-cloudevents")]
    DebeziumCloudEvents,
    /// What EventBridge documents for events that Data Transmission Service relays.
    Dts,
}

/// Attributes of events that EventBridge accepts are at most so long.
pub mod limits {
    /// Bytes of a whole event.
    pub const EVENT_BYTES: usize = 256 * 1024;
    /// Characters of `id`: letters, digits and hyphens.
    pub const ID: usize = 128;
    /// Characters of `source`.
    pub const SOURCE: usize = 128;
    /// Characters of `subject`.
    pub const SUBJECT: usize = 512;
    /// Characters of `type`.
    pub const TYPE: usize = 64;
}

impl Envelope {
    /// The word used in outputs and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debezium => "debezium",
            Self::DebeziumCloudEvents => "debezium-cloudevents",
            Self::Dts => "dts",
        }
    }

    /// The sentence that every output carries.
    pub fn assumption(self) -> &'static str {
        match self {
            Self::Debezium => super::ENVELOPE_ASSUMPTION,
            Self::DebeziumCloudEvents => {
                "EventBridge publishes no sample of the events of its native sources. This follows \
                 the CloudEvents that Debezium writes, which are not quite conformant: iodebeziumtxId \
                 has a capital letter, attributes may be null, and EventBridge has to replace the id."
            }
            Self::Dts => {
                "This follows the sample that EventBridge documents for events of Data Transmission \
                 Service. DTS relays inserts, updates, deletes and DDL, no snapshot; what it puts for \
                 an old value that was not logged is not documented. Samples leave out the copies \
                 of the schema in each row."
            }
        }
    }

    /// How it is known that EventBridge's events have this form.
    pub fn evidence(self) -> Evidence {
        match self {
            Self::Debezium | Self::DebeziumCloudEvents => Evidence::Inferred,
            Self::Dts => Evidence::Documented,
        }
    }

    /// Whether events of an operation are relayed at all.
    pub fn relays(self, op: Op) -> bool {
        self != Self::Dts || matches!(op, Op::Create | Op::Update | Op::Delete)
    }
}

/// The `type` of a table's events as CloudEvents. The native sources' own is not published.
pub(super) fn event_type(contract: &Contract) -> &'static str {
    match (contract.envelope, contract.engine) {
        (Envelope::Debezium, DatabaseKind::MySql) => "mysql:Binlog:RowChange",
        (Envelope::Debezium, DatabaseKind::Postgres) => "postgresql:Wal:RowChange",
        (Envelope::DebeziumCloudEvents, DatabaseKind::MySql) => {
            "io.debezium.connector.mysql.DataChangeEvent"
        }
        (Envelope::DebeziumCloudEvents, DatabaseKind::Postgres) => {
            "io.debezium.connector.postgresql.DataChangeEvent"
        }
        (Envelope::Dts, _) => "dts:ConsumeMessage",
    }
}

/// The connector's name for the engine.
pub(super) fn connector(engine: DatabaseKind) -> &'static str {
    match engine {
        DatabaseKind::MySql => "mysql",
        DatabaseKind::Postgres => "postgresql",
    }
}

/// The `subject` of a table's events: the database and the table's name in parts, with a digest in
/// place of what is beyond the limit.
pub fn subject(contract: &Contract, table: &TableName) -> String {
    let (schema, name) = (table.schema.untrusted(), table.name.untrusted());
    let subject = match contract.engine {
        DatabaseKind::MySql => format!("{schema}.{name}"),
        DatabaseKind::Postgres => format!("{}.{schema}.{name}", contract.database.untrusted()),
    };
    let subject = without_controls(&subject);
    match subject.char_indices().nth(limits::SUBJECT) {
        None => subject,
        Some(_) => {
            let digest = hex(subject.as_bytes(), 8);
            let kept = subject.chars().take(limits::SUBJECT - digest.len() - 1);
            kept.chain(std::iter::once('-')).chain(digest.chars()).collect()
        }
    }
}

/// CloudEvents wants no control characters in attributes: they are percent-encoded.
fn without_controls(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars() {
        if c.is_control() {
            // Writing to a string cannot fail.
            let _ = write!(clean, "%{:02X}", u32::from(c));
        } else {
            clean.push(c);
        }
    }
    clean
}

/// An `id` that EventBridge accepts: letters, digits and hyphens.
pub(super) fn event_id(subject: &str, op: Op) -> String {
    let digest = hex(&[subject, "\0", op.letter()].concat().into_bytes(), 16);
    format!("{digest}-{}", op.letter())
}

/// The first bytes of a digest, two digits each.
fn hex(text: &[u8], bytes: usize) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text).iter().take(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Text with every byte percent-encoded that is not a letter, a digit or one of `-._~`, so that
/// different texts stay different.
pub(super) fn percent_encode(text: &Text) -> String {
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
