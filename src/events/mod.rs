//! Which events will come: per table and operation, what `before` and `after` will hold.
//!
//! [`describe`] is pure: facts and intent in, a [`Contract`] out. A type schema alone would not do:
//! an old row that was not logged arrives full of values of the right type that nobody ever wrote.
//! So every column of every row has a [`Presence`] beside its type.

mod contract;
mod default;
mod files;
mod human;
mod image;
mod json_schema;
mod mapping;
mod mysql;
mod operation;
mod postgres;

use cdc_checks::facts::Source;
use cdc_checks::{Conversion, Engine, Facts, Intent, Missing};

pub use contract::{ColumnContract, Contract, Evidence, FORMAT_VERSION, Key, TableContract};
pub use files::{WriteError, file_names, write_schemas};
pub use human::human;
pub use image::{ColumnImage, Image, Presence};
pub use json_schema::{schema, schema_id};
pub use operation::{Delivery, KeyChange, Op, OperationContract};

/// The sentence that every output carries.
pub const ENVELOPE_ASSUMPTION: &str = "EventBridge publishes no sample of the events of its native \
     sources. This follows the Debezium envelope, which the fields of its requests suggest.";

/// A form of the contract.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// For people: a list of 80 columns.
    #[default]
    Human,
    /// The whole contract as one JSON document.
    Json,
    /// One JSON Schema per table.
    JsonSchema,
}

/// Describes the events that will come from the selected tables, provided that every required check
/// passes and nothing changes until then.
///
/// # Errors
/// The reason why the tables, or the settings that decide on their rows, are not known.
pub fn describe(facts: &Facts, intent: &Intent) -> Result<Contract, Missing> {
    let (tables, absent) = match &facts.source {
        Source::MySql(db) => mysql::tables(db, intent)?,
        Source::Postgres(db) => postgres::tables(db, intent)?,
    };
    Ok(Contract {
        format_version: FORMAT_VERSION,
        engine: intent.engine,
        database: intent.database.clone(),
        assumptions: assumptions(intent),
        conversion: intent.profile.conversion.clone(),
        tombstones: intent.profile.tombstones,
        transaction_metadata: intent.profile.transaction_metadata,
        tables,
        absent,
    })
}

fn assumptions(intent: &Intent) -> Vec<&'static str> {
    let converters = if intent.profile.conversion == Conversion::default() {
        "The engine's converters have their default settings."
    } else {
        "The engine's converters have the settings that were given."
    };
    let of_engine = match intent.engine {
        Engine::MySql => {
            "No session changes binlog_format, binlog_row_image or sql_log_bin for itself."
        }
        Engine::Postgres if intent.profile.publications.named.is_empty() => {
            "The publication is one of the selected tables with all operations, as the engine \
             creates it."
        }
        Engine::Postgres => return vec![ENVELOPE_ASSUMPTION, converters],
    };
    vec![ENVELOPE_ASSUMPTION, converters, of_engine]
}

/// The contract in one text. As JSON Schema it is one JSON object, by file name.
///
/// # Errors
/// A failure of the serialiser, which a contract gives no cause for.
pub fn render(contract: &Contract, format: Format) -> serde_json::Result<String> {
    match format {
        Format::Human => Ok(human(contract)),
        Format::Json => Ok(serde_json::to_string_pretty(contract)? + "\n"),
        Format::JsonSchema => {
            let names = file_names(contract);
            let schemas: serde_json::Map<String, serde_json::Value> = names
                .into_iter()
                .zip(contract.tables.iter().map(|table| schema(contract, table)))
                .collect();
            Ok(serde_json::to_string_pretty(&schemas)? + "\n")
        }
    }
}
