//! Which events will come: per table and operation, what `before` and `after` will hold.
//!
//! [`describe`] is pure: facts and intent in, a [`Contract`] out. A type schema alone would not do:
//! an old row that was not logged arrives full of values of the right type that nobody ever wrote.
//! So every column of every row has a [`Presence`] beside its type.

mod contract;
mod default;
mod files;
mod human;
mod json_schema;
mod mapping;
mod mysql;
mod postgres;

use cdc_checks::facts::Source;
use cdc_checks::{Engine, Facts, Intent, Missing};

pub use contract::{
    ColumnContract, ColumnImage, Contract, Delivery, Evidence, FORMAT_VERSION, Image, Key, Op,
    OperationContract, Presence, TableContract,
};
pub use files::{WriteError, file_names, write_schemas};
pub use human::human;
pub use json_schema::{schema, schema_id};

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
        assumptions: assumptions(intent.engine),
        tables,
        absent,
    })
}

fn assumptions(engine: Engine) -> Vec<&'static str> {
    let of_engine = match engine {
        Engine::MySql => {
            "No session changes binlog_format, binlog_row_image or sql_log_bin for itself."
        }
        Engine::Postgres => {
            "The publication is one of whole tables with all operations, as the engine creates it."
        }
    };
    vec![ENVELOPE_ASSUMPTION, "The engine's converters have their default settings.", of_engine]
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
