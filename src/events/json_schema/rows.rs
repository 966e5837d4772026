//! The rows of a table's events: each is defined once, and referred to.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::property::Property;
use super::{transaction, transaction_record};
use crate::events::contract::{ColumnContract, Contract, TableContract};
use crate::events::envelope::Envelope;
use crate::events::image::{ColumnImage, Image, Presence};

/// What a reference leads to. Members stand in the order of their names.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::events) enum Definition<'a> {
    /// A closed object.
    Row {
        #[serde(rename = "additionalProperties")]
        additional: bool,
        properties: BTreeMap<&'a str, Property<'a>>,
        required: Vec<&'a str>,
        #[serde(rename = "type")]
        is: &'static str,
    },
    /// What is the same for every table.
    Other(Value),
}

/// The rows of a table, each defined once.
pub(in crate::events) struct Rows<'a> {
    /// What stands before the name of a definition where it is referred to.
    prefix: String,
    columns: BTreeMap<&'a str, &'a ColumnContract>,
    /// The rows that have a name, in the order of the names.
    known: Vec<&'a [ColumnImage]>,
}

impl<'a> Rows<'a> {
    pub(in crate::events) fn new(table: &'a TableContract, prefix: impl Into<String>) -> Self {
        let by_name = |column: &'a ColumnContract| (column.name.untrusted(), column);
        let columns = table.columns.iter().map(by_name).collect();
        Self { prefix: prefix.into(), columns, known: Vec::new() }
    }

    /// Everything that was referred to, by name.
    pub(in crate::events) fn into_definitions(
        self,
        contract: &Contract,
    ) -> BTreeMap<String, Definition<'a>> {
        let rows = self.known.iter().enumerate();
        let mut definitions: BTreeMap<String, Definition<'a>> =
            rows.map(|(place, columns)| (name(place), self.row(columns))).collect();
        if contract.transaction_metadata && contract.envelope == Envelope::Debezium {
            definitions.insert("transaction".into(), Definition::Other(transaction()));
            let record = Definition::Other(transaction_record());
            definitions.insert("transaction-record".into(), record);
        }
        definitions
    }

    pub(super) fn refer(&self, name: &str) -> Value {
        json!({"$ref": format!("{}{name}", self.prefix)})
    }

    pub(super) fn image(&mut self, image: &'a Image) -> Value {
        match image {
            Image::Null => json!({"type": "null", "x-cdc-presence": "image-null"}),
            Image::Row { columns } => self.reference(columns),
            Image::RowOrNull { columns } => {
                json!({"anyOf": [self.reference(columns), {"type": "null"}]})
            }
            Image::Unknown => json!({"type": ["object", "null"]}),
        }
    }

    /// A definition is large: whether a row has one is told by its columns.
    fn reference(&mut self, columns: &'a [ColumnImage]) -> Value {
        let place = self.known.iter().position(|known| *known == columns).unwrap_or_else(|| {
            self.known.push(columns);
            self.known.len() - 1
        });
        self.refer(&name(place))
    }

    fn row(&self, columns: &'a [ColumnImage]) -> Definition<'a> {
        let mut properties = BTreeMap::new();
        let mut required = Vec::new();
        for image in columns {
            let name = image.name.untrusted();
            let Some(column) = self.columns.get(name) else { continue };
            let Some(property) = Property::new(column, &image.presence) else { continue };
            properties.insert(name, property);
            // A column whose type the rules do not cover may be left out by the engine.
            if image.presence != Presence::Unknown {
                required.push(name);
            }
        }
        Definition::Row { additional: false, properties, required, is: "object" }
    }
}

/// The name of a table's first, second ... row.
fn name(place: usize) -> String {
    match place {
        0 => "row".into(),
        others => format!("row-{}", others + 1),
    }
}
