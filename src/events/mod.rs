//! Which events will come: per table and operation, what `before` and `after` will hold.
//!
//! [`describe`] is pure: facts and intent in, a [`Contract`] out. A type schema alone would not do:
//! an old row that was not logged arrives full of values of the right type that nobody ever wrote.
//! So every column of every row has a [`Presence`] beside its type.

mod asyncapi;
mod broker;
mod contract;
mod default;
mod diff;
mod envelope;
mod files;
mod format;
mod glance;
mod human;
mod image;
mod json_schema;
mod mapping;
mod markdown;
mod mysql;
mod operation;
mod postgres;
mod reach;
mod sample;
mod saved;
mod snapshot;

use std::borrow::Cow;

use cdc_checks::event_size::EventSize;
use cdc_checks::facts::Source;
use cdc_checks::{Conversion, Facts, Intent, Missing};

pub use broker::message_events;
pub use contract::{
    ColumnContract, Contract, DatabaseKind, Evidence, FORMAT_VERSION, Key, TableContract,
};
pub use diff::{Change, Class, DIFF_FORMAT_VERSION, Diff, DiffFormat, Kind, diff, render_diff};
pub use envelope::{Envelope, limits, subject};
pub use files::{WriteError, file_names, write_files, write_schemas};
pub use format::{Format, render, write, write_all};
pub use human::human;
pub use image::{ColumnImage, Image, Presence};
pub use json_schema::{schema, schema_id};
pub use operation::{Delivery, KeyChange, Op, OperationContract};
pub use reach::{Filtered, FilteredKind, Reach, filter};
pub use sample::{Sample, samples};
pub use saved::{ReadError, read_contracts};
pub use snapshot::{ROWS_PER_SECOND, Retention, SnapshotPlan, Statement, TableSnapshot};

/// The sentence that every output carries.
pub const ENVELOPE_ASSUMPTION: &str = "EventBridge publishes no sample of the events of its native \
     sources. This follows the Debezium envelope, which the fields of its requests suggest.";

/// Describes the events that will come from the selected tables, provided that every required check
/// passes and nothing changes until then.
///
/// # Errors
/// The reason why the tables, or the settings that decide on their rows, are not known.
pub fn describe(facts: &Facts, intent: &Intent) -> Result<Contract, Missing> {
    let engine = DatabaseKind::of(intent.engine).ok_or_else(no_database)?;
    let (tables, absent) = match &facts.source {
        Source::MySql(db) => mysql::tables(db, intent)?,
        Source::Postgres(db) => postgres::tables(db, intent)?,
        Source::RabbitMq(_) => return Err(no_database()),
    };
    Ok(Contract {
        format_version: FORMAT_VERSION,
        engine,
        database: intent.database.clone(),
        envelope: Envelope::default(),
        assumptions: assumptions(engine, intent),
        conversion: intent.profile.conversion.clone(),
        tombstones: intent.profile.tombstones,
        transaction_metadata: intent.profile.transaction_metadata,
        snapshot: snapshot::plan(engine, facts, intent, &tables),
        tables,
        absent,
    })
}

/// The reason why a source that is no database has no contract.
fn no_database() -> Missing {
    Missing::Unsupported {
        what: "a contract of rows".into(),
        since: "a database, not a message broker".into(),
    }
}

fn assumptions(engine: DatabaseKind, intent: &Intent) -> Vec<Cow<'static, str>> {
    let converters = if intent.profile.conversion == Conversion::default() {
        "The engine's converters have their default settings."
    } else {
        "The engine's converters have the settings that were given."
    };
    let of_engine = match engine {
        DatabaseKind::MySql => {
            "No session sets binlog_row_image for itself, which would stop the engine, nor \
             binlog_format or sql_log_bin, which would hide its changes."
        }
        DatabaseKind::Postgres if intent.profile.publications.named.is_empty() => {
            "The publication is one of the selected tables with all operations, as the engine \
             creates it."
        }
        DatabaseKind::Postgres => return vec![ENVELOPE_ASSUMPTION.into(), converters.into()],
    };
    vec![ENVELOPE_ASSUMPTION.into(), converters.into(), of_engine.into()]
}

/// How large the events of a table may become, in words.
fn size_words(size: &EventSize) -> String {
    let average = match size.average_bytes {
        Some(bytes) => format!(", about {} KiB on average", bytes.div_ceil(1024)),
        None => String::new(),
    };
    let limit = limits::EVENT_BYTES as u64;
    let verdict = match size.average_bytes.unwrap_or_default().max(size.bounded_bytes) > limit {
        true => "; EventBridge takes no event above 256 KiB",
        false => "",
    };
    format!("{}{average}{verdict} [{}]", size.words(), Evidence::Inferred.as_str())
}
