//! What a PostgreSQL catalogue says of publications.

use serde::{Deserialize, Serialize};

use super::tables::{Column, Generated};
use crate::{TableName, Text};

/// A publication.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Its name.
    pub name: Text,
    /// Its owner.
    pub owner: Text,
    /// Whether the session has the owner's rights.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether it has every table of the database, also those to come.
    #[serde(default)]
    pub all_tables: bool,
    /// Whether it has inserts.
    pub insert: bool,
    /// Whether it has updates.
    pub update: bool,
    /// Whether it has deletes.
    pub delete: bool,
    /// Whether it has TRUNCATE.
    pub truncate: bool,
    /// Whether changes of partitions carry the name of the published root.
    #[serde(default)]
    pub via_root: bool,
    /// Whether it has generated columns that no column list names; `None` before PostgreSQL 18,
    /// which has no choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<PublishedGenerated>,
}

/// Which generated columns a publication has without a column list.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublishedGenerated {
    /// None.
    None,
    /// Those that are stored.
    Stored,
}

/// A table's place in a publication.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The publication's name.
    pub publication: Text,
    /// The column list, in table order; `None` for all columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<Text>>,
    /// The columns that the row filter reads; `None` without a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_columns: Option<Vec<Text>>,
    /// The table above it that is in the publication, where it is there only as a partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<TableName>,
}

impl Publication {
    /// Whether changes of a table in this place have a generated column. Before PostgreSQL 18 none
    /// has; from then on a column list may name those that are stored.
    pub fn has_generated(&self, place: &Membership, column: &Column) -> bool {
        if column.generated != Generated::Stored || self.generated.is_none() {
            return false;
        }
        match &place.columns {
            Some(listed) => listed.contains(&column.name),
            None => self.generated == Some(PublishedGenerated::Stored),
        }
    }

    /// Whether updates or deletes need a replica identity on account of it.
    pub fn needs_identity(&self) -> bool {
        self.update || self.delete
    }
}
