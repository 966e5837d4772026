//! The words of the answer: which events a table gives, and what stands in them.

use cdc_checks::{Engine, TableName, Text};
use serde::Serialize;
use serde_json::Value;

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
    /// One entry per operation: insert, update, delete, snapshot.
    pub operations: Vec<OperationContract>,
    /// What concerns the table as a whole.
    pub notes: Vec<Text>,
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

/// A kind of event, by the letter in `op`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Op {
    /// An insert.
    #[serde(rename = "c")]
    Create,
    /// A delete.
    #[serde(rename = "d")]
    Delete,
    /// A row that was there when the connector started.
    #[serde(rename = "r")]
    Read,
    /// An update.
    #[serde(rename = "u")]
    Update,
}

impl Op {
    /// The letter in `op`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Create => "c",
            Self::Delete => "d",
            Self::Read => "r",
            Self::Update => "u",
        }
    }

    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "insert",
            Self::Delete => "delete",
            Self::Read => "snapshot",
            Self::Update => "update",
        }
    }
}

/// What one operation on a table gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationContract {
    /// The operation.
    pub op: Op,
    /// Whether an event comes.
    pub delivery: Delivery,
    /// How this is known.
    pub evidence: Evidence,
    /// The row before; `None` where no event comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Image>,
    /// The row after; `None` where no event comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Image>,
    /// Why nothing comes, and what a reader should know of what does.
    pub notes: Vec<Text>,
}

impl OperationContract {
    /// An operation whose events come.
    pub(super) fn delivered(op: Op, evidence: Evidence, before: Image, after: Image) -> Self {
        Self {
            op,
            delivery: Delivery::Delivered,
            evidence,
            before: Some(before),
            after: Some(after),
            notes: Vec::new(),
        }
    }

    /// An operation of which nothing comes, and why.
    pub(super) fn withheld(
        op: Op,
        delivery: Delivery,
        evidence: Evidence,
        why: impl Into<Text>,
    ) -> Self {
        Self { op, delivery, evidence, before: None, after: None, notes: vec![why.into()] }
    }

    /// An operation whose events the facts do not settle, and why.
    pub(super) fn unsettled(op: Op, why: impl Into<Text>) -> Self {
        Self {
            op,
            delivery: Delivery::Unknown,
            evidence: Evidence::Inferred,
            before: Some(Image::Unknown),
            after: Some(Image::Unknown),
            notes: vec![why.into()],
        }
    }
}

/// Whether an operation gives an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The database refuses the statement once changes are published.
    BlockedInDb,
    /// An event comes for every row.
    Delivered,
    /// It is logged in a form that the engine passes over without a word.
    Lost,
    /// The request asks for none.
    NotAsked,
    /// The database logs nothing of it.
    NotLogged,
    /// The engine refuses to start, or stops at it, for all tables.
    StopsEngine,
    /// The facts do not settle it.
    Unknown,
}

impl Delivery {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlockedInDb => "blocked in the database",
            Self::Delivered => "delivered",
            Self::Lost => "lost without a word",
            Self::NotAsked => "not asked for",
            Self::NotLogged => "not logged",
            Self::StopsEngine => "stops the engine",
            Self::Unknown => "not known",
        }
    }
}

/// One of the two rows of an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "image")]
pub enum Image {
    /// The whole row is JSON null.
    Null,
    /// An object.
    Row {
        /// The table's columns, in table order.
        columns: Vec<ColumnImage>,
    },
    /// The facts do not settle it.
    Unknown,
}

/// What stands for one column in a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnImage {
    /// The column.
    pub name: Text,
    /// What stands for it.
    #[serde(flatten)]
    pub presence: Presence,
}

/// What stands for a column in a row. A type alone cannot say which values are true.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "presence")]
pub enum Presence {
    /// The name does not occur.
    Absent,
    /// There, of the right type, and meaningless: the old value was not sent.
    Fabricated {
        /// What stands there; `None` where it is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// The true value; SQL NULL is shown as the default, and JSON null never occurs.
    NullAsDefault {
        /// The default as it is shown.
        default: Value,
    },
    /// The true value, or a stand-in where an update left a large value unchanged.
    UnchangedPlaceholder {
        /// The stand-in, which may be null; `None` where it is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        placeholder: Option<Value>,
        /// Whether null also stands for SQL NULL.
        nullable: bool,
    },
    /// The facts or the rules do not settle it.
    Unknown,
    /// Null, which means "not sent" and not SQL NULL.
    UnknownNull,
    /// The true value.
    Value,
    /// The true value; null is SQL NULL.
    ValueOrNull,
}
