//! What stands in the two rows of an event, column by column.

use cdc_checks::Text;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// One of the two rows of an event.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "image")]
pub enum Image {
    /// The whole row is JSON null.
    #[serde(rename = "image-null")]
    Null,
    /// An object.
    Row {
        /// The table's columns, in table order.
        columns: Vec<ColumnImage>,
    },
    /// An object where the change concerns the identity of the row, else JSON null.
    RowOrNull {
        /// The table's columns, in table order.
        columns: Vec<ColumnImage>,
    },
    /// The facts do not settle it.
    Unknown,
}

impl Image {
    /// The columns of a row that is there, at least sometimes.
    pub fn columns(&self) -> Option<&[ColumnImage]> {
        match self {
            Self::Row { columns } | Self::RowOrNull { columns } => Some(columns),
            Self::Null | Self::Unknown => None,
        }
    }
}

/// What stands for one column in a row.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ColumnImage {
    /// The column.
    pub name: Text,
    /// What stands for it.
    #[serde(flatten)]
    pub presence: Presence,
}

/// What stands for a column in a row. A type alone cannot say which values are true.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "presence")]
pub enum Presence {
    /// The name does not occur.
    Absent,
    /// There, of the right type, and meaningless: the old value was not sent.
    Fabricated {
        /// What stands there; `None` where it is not known.
        #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
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
        #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
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

impl Presence {
    /// The code used in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Fabricated { .. } => "fabricated",
            Self::NullAsDefault { .. } => "null-as-default",
            Self::UnchangedPlaceholder { .. } => "unchanged-placeholder",
            Self::Unknown => "unknown",
            Self::UnknownNull => "unknown-null",
            Self::Value => "value",
            Self::ValueOrNull => "value-or-null",
        }
    }
}

/// A value that is there, be it null: only a member that is left out is `None`.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
