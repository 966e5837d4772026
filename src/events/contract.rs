//! The words of the answer: which events a table gives, and what stands in them.

use cdc_checks::{Conversion, Engine, TableName, Text};
use serde::Serialize;
use serde_json::Value;

use super::operation::{KeyChange, Op, OperationContract};

/// The version of the layout of a serialised [`Contract`].
pub const FORMAT_VERSION: u32 = 1;

/// What events will come from the selected tables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contract {
    /// The layout of this document: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The protocol that the source speaks.
    pub engine: Engine,
    /// The database of the request.
    pub database: Text,
    /// What all of this rests on; part of every output.
    pub assumptions: Vec<&'static str>,
    /// How the connector writes values, and what stands for values that it does not have.
    pub conversion: Conversion,
    /// Whether a delete is followed by a tombstone: its key, with an empty value.
    pub tombstones: bool,
    /// Whether events name their transaction, and its begin and end are events of their own.
    pub transaction_metadata: bool,
    /// The tables that exist, in the order of the request.
    pub tables: Vec<TableContract>,
    /// The tables that were asked for and are not there: no event will come from them.
    pub absent: Vec<TableName>,
}

/// What events will come from one table.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_change: Option<KeyChange>,
    /// What concerns the table as a whole.
    pub notes: Vec<Text>,
}

impl TableContract {
    /// What one operation gives.
    pub fn operation(&self, op: Op) -> Option<&OperationContract> {
        self.operations.iter().find(|operation| operation.op == op)
    }
}

/// The key that an event carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnContract {
    /// Its name.
    pub name: Text,
    /// Its type as the database writes it.
    pub database_type: Text,
    /// The type of a value that is there: a word of JSON Schema, `absent` or `unknown`.
    pub json_type: &'static str,
    /// How the value is written within that type, where the type alone does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
    /// A JSON Schema of a value that is there; `{}` where the type is not known.
    pub schema: Value,
    /// Whether the column may be NULL in the database.
    pub nullable: bool,
    /// How the form is known.
    pub evidence: Evidence,
    /// What a reader of the value should know.
    pub notes: Vec<Text>,
}

/// How a statement is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
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
