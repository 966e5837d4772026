//! Which tables are wanted, and how a table is named.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::Text;
use crate::facts::Request;

/// The tables that are wanted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Every table of these schemas; every schema but the system's own where the list is empty.
    Schemas(Vec<Text>),
    /// These tables, in the order of the request.
    Tables(Vec<TableName>),
}

impl Selection {
    /// The comma-separated `TableNames`; without them, everything in `SchemaName` (PostgreSQL) or
    /// `DatabaseName` (MySQL). A bare name belongs to that schema, in PostgreSQL to `public` where
    /// the request names none.
    pub(super) fn of(request: &Request) -> Self {
        let named = match request.operation.engine() {
            Engine::MySql => request.text("DatabaseName"),
            Engine::Postgres => request.text("SchemaName"),
            Engine::RabbitMq => None,
        };
        let schema = named.filter(|name| !name.is_empty());
        let names = request.text("TableNames").unwrap_or_default();
        let (mut tables, mut seen) = (Vec::new(), HashSet::new());
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (schema, name) = name.split_once('.').unwrap_or((schema.unwrap_or("public"), name));
            let table = TableName::new(schema, name);
            if seen.insert(table.clone()) {
                tables.push(table);
            }
        }
        if tables.is_empty() {
            return Self::Schemas(schema.map(Text::new).into_iter().collect());
        }
        Self::Tables(tables)
    }
}

/// A table's qualified name. In MySQL the schema is the database.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct TableName {
    /// The schema; in MySQL the database.
    pub schema: Text,
    /// The table.
    pub name: Text,
}

impl TableName {
    /// A name from its two parts, without quotes.
    pub fn new(schema: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Whether both names are the same but for the case of letters in ASCII.
    pub fn is_alike(&self, other: &Self) -> bool {
        let is_alike =
            |one: &Text, other: &Text| one.untrusted().eq_ignore_ascii_case(other.untrusted());
        is_alike(&self.schema, &other.schema) && is_alike(&self.name, &other.name)
    }

    /// `schema.name` for people; not quoted, so not for statements.
    pub fn display(&self) -> Text {
        Text::new([self.schema.untrusted(), self.name.untrusted()].join("."))
    }

    /// Whether [`Self::display`] gives this text, without making it: a thousand tables are looked up
    /// among a thousand.
    pub(crate) fn is_displayed_as(&self, text: &Text) -> bool {
        let (schema, name, text) =
            (self.schema.untrusted(), self.name.untrusted(), text.untrusted());
        let rest = text.strip_prefix(schema).and_then(|rest| rest.strip_prefix('.'));
        text.len() == schema.len() + 1 + name.len() && rest == Some(name)
    }
}
