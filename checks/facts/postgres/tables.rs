//! What a PostgreSQL catalogue says of the selected tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::publications::{Membership, Publication};
use crate::{Missing, TableName, Text};

/// The selected tables.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// The tables that exist, in the order of the request; of a whole schema, in name order.
    pub found: Vec<Table>,
    /// The tables that do not.
    pub absent: Vec<AbsentTable>,
    /// How many were selected: of whole schemas more than `found`, where one visit does not read
    /// them all; `None` where not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// The database's publications by name, at most 200, those of the selected tables before the
    /// others; `None` where not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publications: Option<Vec<Publication>>,
    /// How many publications the database has.
    #[serde(default)]
    pub publications_total: u64,
    /// Tables of the whole database without a usable identity; counted only where a publication of
    /// all tables has their updates or deletes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_identity: Option<u64>,
}

/// A table that was asked for and is not there.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AbsentTable {
    /// Its name as the request has it.
    pub name: TableName,
    /// Whether the schema is there.
    pub schema_exists: bool,
    /// Names of tables that it may have been meant to be, nearest first; empty where none is near.
    #[serde(default)]
    pub near: Vec<TableName>,
}

/// A table as the catalogue shows it. Nothing here takes a lock on the table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What kind of relation it is.
    pub kind: RelationKind,
    /// Whether it is logged, unlogged or temporary.
    pub persistence: Persistence,
    /// Whether it is a partition of another table.
    pub is_partition: bool,
    /// Estimated rows; −1 where the table was never analysed.
    pub estimated_rows: f64,
    /// Whether the session may use the schema.
    pub schema_usage: bool,
    /// How much of it the session may read.
    pub select: SelectScope,
    /// Whether row security filters what the session reads; false where a policy plainly shows it
    /// every row.
    pub row_security: bool,
    /// Whether the session has the owner's rights.
    pub is_owner: bool,
    /// The owner.
    pub owner: Text,
    /// What identifies the old row in an update or a delete.
    pub identity: ReplicaIdentity,
    /// Whether the primary key is deferrable, which makes it useless as an identity.
    pub primary_key_deferrable: bool,
    /// The primary key's columns, in key order; empty where there is none.
    pub primary_key: Vec<Text>,
    /// The columns that identify a row under `identity`; empty under `full`, `nothing` and the
    /// broken identities.
    pub identity_columns: Vec<Text>,
    /// A unique index that `REPLICA IDENTITY USING INDEX` would accept, where there is one besides
    /// the primary key: unique, immediate, whole, on plain columns that are all NOT NULL.
    pub usable_index: Option<Text>,
    /// The columns of each unique index besides the primary key's that is whole and on plain
    /// columns that are all NOT NULL, deferrable or not, by index name; `None` where not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_keys: Option<Vec<Vec<Text>>>,
    /// The columns, in table order.
    pub columns: Vec<Column>,
    /// Partitions below a partitioned table, all levels together; `None` for other tables.
    pub leaves: Option<Leaves>,
    /// Other tables whose names differ from this one's only by case; read for tables that the
    /// request names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twins: Vec<TableName>,
    /// The topmost table that it is a partition of, at whatever level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<TableName>,
    /// The publications that it is in, by name, also through its schema or as a partition.
    #[serde(default)]
    pub published: Vec<Membership>,
    /// `toast_tuple_target`, where it was set: rows of at most so many bytes are kept in one piece
    /// once PostgreSQL has begun to move large values out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toast_target: Option<u32>,
    /// Pages of 8 KiB at the last VACUUM or ANALYZE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<i64>,
    /// Pages of values stored out of line at the last VACUUM; `None` where it can have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toast_pages: Option<i64>,
    /// Tables above and below it that are no partitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inheritance: Option<Inheritance>,
    /// The extension that owns it or keeps its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Everything that the query gives and no check reads yet, by the query's names.
    #[serde(default)]
    pub other: BTreeMap<String, Value>,
}

/// What kind of relation a name stands for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// A foreign table.
    Foreign,
    /// An index or a partitioned index.
    Index,
    /// A materialised view.
    MaterializedView,
    /// A partitioned table.
    Partitioned,
    /// A sequence.
    Sequence,
    /// An ordinary table.
    Table,
    /// A view.
    View,
    /// Anything else.
    Other,
}

/// How a table survives.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Persistence {
    /// Logged.
    Permanent,
    /// Lives as long as a session.
    Temporary,
    /// Not written to the WAL.
    Unlogged,
}

/// How much of a table the session may read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectScope {
    /// All columns, each by a grant of its own: `SELECT *` works, system columns do not.
    Columns,
    /// Nothing.
    None,
    /// Some columns.
    Partial,
    /// The whole table.
    Table,
}

/// What identifies the old row in an update or a delete, after all rules are applied.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplicaIdentity {
    /// The whole old row.
    Full,
    /// A unique index that was chosen.
    Index,
    /// A unique index was chosen and is gone.
    IndexLost,
    /// The default, and there is no usable primary key.
    None,
    /// Nothing, by choice.
    Nothing,
    /// The primary key.
    PrimaryKey,
}

/// Partitions below a partitioned table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Leaves {
    /// How many.
    pub count: u32,
    /// How many have no usable identity.
    pub without_identity: u32,
    /// How many the session may not read.
    pub without_select: u32,
    /// How many log the whole old row.
    #[serde(default)]
    pub full_identity: u32,
    /// How many are filtered by row security when they are read by themselves.
    #[serde(default)]
    pub row_security: u32,
    /// How many have chosen an index.
    #[serde(default)]
    pub index_identity: u32,
    /// Estimated rows of all together.
    #[serde(default)]
    pub estimated_rows: f64,
    /// Pages of all together.
    #[serde(default)]
    pub pages: i64,
    /// Pages of values stored out of line of all together.
    #[serde(default)]
    pub toast_pages: i64,
    /// How many each publication has, by the publication's name.
    #[serde(default)]
    pub published: BTreeMap<String, u32>,
    /// How many are unlogged, so that their changes are never seen.
    #[serde(default)]
    pub unlogged: u32,
    /// How many are foreign tables, so that their changes are never seen.
    #[serde(default)]
    pub foreign: u32,
    /// Names of up to five that have no usable identity, for the report.
    #[serde(default)]
    pub without_identity_names: Vec<TableName>,
}

/// Tables that inherit from one another without being partitions.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Inheritance {
    /// Tables that inherit from this one, at whatever level.
    #[serde(default)]
    pub children: u32,
    /// How many of them have no usable identity.
    #[serde(default)]
    pub children_without_identity: u32,
    /// Tables that this one inherits from.
    #[serde(default)]
    pub parents: u32,
}

/// The extension that has to do with a table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Extension {
    /// Its name, for example `timescaledb`.
    pub name: Text,
    /// Whether the table is a part of the extension; else the extension keeps the rows of an
    /// application's table in places of its own.
    pub owned: bool,
}

/// A column.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: Text,
    /// Its type as `format_type` writes it, for example `numeric(10,2)`.
    pub data_type: Text,
    /// The base type's name in `pg_type`, for example `int4`; of a domain, its base type's; of an
    /// array, its elements'.
    pub base_type: String,
    /// `pg_type.typtype` of the column's own type: `b` base, `c` composite, `d` domain, `e` enum,
    /// `r` range, `m` multirange.
    pub type_kind: String,
    /// Of a domain, or a domain over one, what it is made of as `format_type` writes it with the
    /// modifier that the domain hides, for example `numeric(10,2)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_of: Option<Text>,
    /// Whether it is an array.
    #[serde(default)]
    pub is_array: bool,
    /// Of an array, `pg_type.typtype` of its elements' own type; `None` where not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_kind: Option<String>,
    /// The labels of an enum, or of an array's or a domain's enum, in order; empty for other types.
    #[serde(default)]
    pub enum_labels: Vec<Text>,
    /// Whether it is `NOT NULL`.
    #[serde(default)]
    pub not_null: bool,
    /// Whether it has a default that is not an identity or a generation expression.
    #[serde(default)]
    pub has_default: bool,
    /// That default's expression as `pg_get_expr` writes it, for example `'new'::text`; `None`
    /// where there is none, or it was not read or is longer than a thousand characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Text>,
    /// Whether, and how, it is generated.
    #[serde(default)]
    pub generated: Generated,
    /// Whether its collation takes different texts for equal.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nondeterministic: bool,
    /// Whether large values may be stored out of line, so that an unchanged one is not logged.
    #[serde(default)]
    pub toastable: bool,
    /// Whether the session may read it; `None` where the table as a whole can be read, and where
    /// nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_select: Option<bool>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Whether, and how, a column is generated.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generated {
    /// It is not.
    #[default]
    Never,
    /// On write.
    Stored,
    /// On read.
    Virtual,
}

impl RelationKind {
    /// The kind in words, for example `materialised view`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "foreign table",
            Self::Index => "index",
            Self::MaterializedView => "materialised view",
            Self::Partitioned => "partitioned table",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::View => "view",
            Self::Other => "something else",
        }
    }

    /// Whether rows are stored under this name or under its partitions, so that changes can be
    /// captured.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Partitioned | Self::Table)
    }
}

impl ReplicaIdentity {
    /// The identity in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Index => "a unique index",
            Self::IndexLost => "an index that is gone",
            Self::None => "no usable key",
            Self::Nothing => "NOTHING",
            Self::PrimaryKey => "the primary key",
        }
    }

    /// Whether updates and deletes can be told apart from row to row.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Full | Self::Index | Self::PrimaryKey)
    }
}

impl Tables {
    /// The database's publications.
    ///
    /// # Errors
    /// [`Missing::NotAsked`] for a recording from before they were read.
    pub fn publications(&self) -> Result<&[Publication], Missing> {
        self.publications.as_deref().ok_or_else(|| Missing::NotAsked {
            what: Text::new("the publications of the tables"),
            why: Text::new("the facts were saved by an older version"),
        })
    }

    /// The publications that a table is in.
    pub fn published<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (&'a Publication, &'a Membership)> {
        let all = self.publications.as_deref().unwrap_or_default();
        table.published.iter().filter_map(|membership| {
            let publication = all.iter().find(|one| one.name == membership.publication)?;
            Some((publication, membership))
        })
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &Text) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Whether there is a primary key that can serve as replica identity.
    pub fn has_usable_primary_key(&self) -> bool {
        !self.primary_key.is_empty() && !self.primary_key_deferrable
    }

    /// Whether a column is generated, on write or on read.
    pub fn has_generated_columns(&self) -> bool {
        self.columns.iter().any(|column| column.generated != Generated::Never)
    }
}
