//! The words of the answer: which events a table gives, and what stands in them.

use std::borrow::Cow;

use cdc_checks::event_size::EventSize;
use cdc_checks::{Conversion, Engine, TableName, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::Envelope;
use super::operation::{KeyChange, Op, OperationContract};
use super::snapshot::{SnapshotPlan, Statement};

/// A kind of database whose changes become events.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// MySQL, MariaDB and relatives.
    MySql,
    /// PostgreSQL and relatives.
    Postgres,
}

impl DatabaseKind {
    /// The kind of database that speaks a protocol; `None` for what is no database.
    pub fn of(engine: Engine) -> Option<Self> {
        match engine {
            Engine::MySql => Some(Self::MySql),
            Engine::Postgres => Some(Self::Postgres),
            Engine::RabbitMq => None,
        }
    }

    /// The word used in outputs: `mysql` or `postgres`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }
}

/// The version of the layout of a serialised [`Contract`].
pub const FORMAT_VERSION: u32 = 1;

/// What events will come from the selected tables.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Contract {
    /// The layout of this document: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The protocol that the source speaks.
    pub engine: DatabaseKind,
    /// The database of the request.
    pub database: Text,
    /// The form in which the events are taken to arrive.
    pub envelope: Envelope,
    /// What all of this rests on, each an inference; part of every output.
    pub assumptions: Vec<Cow<'static, str>>,
    /// How the connector writes values, and what stands for values that it does not have.
    pub conversion: Conversion,
    /// Whether a delete is followed by a tombstone: its key, with an empty value.
    pub tombstones: bool,
    /// Whether events name their transaction, and its begin and end are events of their own.
    pub transaction_metadata: bool,
    /// What happens to the rows that are there when the connector starts.
    pub snapshot: SnapshotPlan,
    /// The tables that exist, in the order of the request.
    pub tables: Vec<TableContract>,
    /// The tables that were asked for and are not there: no event will come from them.
    pub absent: Vec<TableName>,
}

impl Contract {
    /// The same tables, with events in another envelope. What is assumed of it comes first.
    #[must_use]
    pub fn in_envelope(mut self, envelope: Envelope) -> Self {
        self.assumptions.retain(|assumption| *assumption != self.envelope.assumption());
        self.assumptions.insert(0, envelope.assumption().into());
        self.envelope = envelope;
        self
    }
}

/// What events will come from one table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TableContract {
    /// Its name.
    pub name: TableName,
    /// What decides on the old row: `replica identity FULL`, `row image FULL` and so on.
    pub old_row: Text,
    /// The key that an event carries.
    pub key: Key,
    /// Its columns, in table order.
    pub columns: Vec<ColumnContract>,
    /// One entry per operation: insert, update, delete, snapshot, truncate.
    pub operations: Vec<OperationContract>,
    /// What an update of the key gives; `None` where events carry no key, or where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_change: Option<KeyChange>,
    /// How large its events may become.
    pub size: EventSize,
    /// What concerns the table as a whole.
    pub notes: Vec<Statement>,
}

impl TableContract {
    /// What one operation gives.
    pub fn operation(&self, op: Op) -> Option<&OperationContract> {
        self.operations.iter().find(|operation| operation.op == op)
    }
}

/// The key that an event carries.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Key {
    /// These columns, in key order.
    Columns {
        /// Their names.
        columns: Vec<Text>,
        /// How this is known.
        evidence: Evidence,
    },
    /// No key.
    None,
    /// Not known.
    Unknown,
}

/// A column, and the form in which its value arrives.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ColumnContract {
    /// Its name.
    pub name: Text,
    /// Its type as the database writes it.
    pub database_type: Text,
    /// The type of a value that is there: a word of JSON Schema, `absent` or `unknown`.
    pub json_type: Cow<'static, str>,
    /// How the value is written within that type, where the type alone does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Cow<'static, str>>,
    /// A JSON Schema of a value that is there; `{}` where the type is not known.
    pub schema: Value,
    /// Whether the column may be NULL in the database.
    pub nullable: bool,
    /// How the form is known.
    pub evidence: Evidence,
    /// What a reader of the value should know; it is known as the form is.
    pub notes: Vec<Text>,
}

/// How a statement is known.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Seen in events that a real engine sent.
    Measured,
    /// Said by the documentation or the source of the engine or the database.
    Documented,
    /// Concluded from the other two.
    Inferred,
}

impl Evidence {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Measured => "measured",
        }
    }
}
