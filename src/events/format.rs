//! The forms in which a contract is written.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::asyncapi::Document;
use super::contract::Contract;
use super::files::file_names;
use super::human::human;
use super::json_schema;
use super::markdown::markdown;
use super::sample::Sampler;
use crate::report::write_json;

/// A form of the contract.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// For people: a list of at most 80 columns.
    #[default]
    Human,
    /// The whole contract as one JSON document, which `events diff` compares.
    Json,
    /// One JSON Schema per table.
    JsonSchema,
    /// One AsyncAPI 3.0 document.
    #[value(name = "asyncapi")]
    AsyncApi,
    /// Sample events as a batch of CloudEvents.
    Samples,
    /// Tables for a pull request.
    Markdown,
}

impl Format {
    /// Whether the form is JSON, so that several contracts make a list.
    pub fn is_json(self) -> bool {
        !matches!(self, Self::Human | Self::Markdown)
    }
}

/// Writes one contract. As JSON Schema it is one object, by file name. What is large is made while
/// it is written.
///
/// # Errors
/// What the writer says.
pub fn write(contract: &Contract, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Human => return out.write_all(human(contract).as_bytes()),
        Format::Markdown => return out.write_all(markdown(contract).as_bytes()),
        Format::Json => write_json(out, contract)?,
        Format::JsonSchema => write_json(out, &Schemas(contract))?,
        Format::AsyncApi => write_json(out, &Document(contract))?,
        Format::Samples => write_json(out, &Samples(contract))?,
    }
    out.write_all(b"\n")
}

/// Several contracts as one document: a list where the form is JSON, else one after the other.
///
/// # Errors
/// What the writer says.
pub fn write_all(contracts: &[Contract], format: Format, out: &mut impl Write) -> io::Result<()> {
    let is_list = format.is_json() && contracts.len() != 1;
    if is_list {
        out.write_all(b"[\n")?;
    }
    for (place, contract) in contracts.iter().enumerate() {
        if place > 0 {
            out.write_all(if is_list { b",\n" } else { b"\n" })?;
        }
        write(contract, format, out)?;
    }
    if is_list {
        out.write_all(b"]\n")?;
    }
    Ok(())
}

/// The contract in one text.
///
/// # Errors
/// A failure of the serialiser, which a contract gives no cause for.
pub fn render(contract: &Contract, format: Format) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(contract, format, &mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

struct Schemas<'a>(&'a Contract);

impl Serialize for Schemas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schemas = self.0.tables.iter().map(|table| json_schema::document(self.0, table));
        serializer.collect_map(file_names(self.0).into_iter().zip(schemas))
    }
}

struct Samples<'a>(&'a Contract);

impl Serialize for Samples<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sampler = Sampler::default();
        let samples = self.0.tables.iter().flat_map(|table| sampler.samples(self.0, table));
        serializer.collect_seq(samples.map(|sample| sample.event))
    }
}
