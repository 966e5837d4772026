//! What happens to the rows that are there when the connector starts: what the mode means, how long
//! it takes, and whether the log is kept that long.

use cdc_checks::facts::mysql::{Kept, MySql};
use cdc_checks::facts::postgres::Postgres;
use cdc_checks::facts::{Facts, Source};
use cdc_checks::{Intent, Missing, SnapshotMode, TableName, Text};
use serde::{Deserialize, Serialize};

use super::contract::{Evidence, TableContract};
use super::image::Presence;
use super::operation::{Delivery, Op};
use crate::events::DatabaseKind;

/// Rows that a connector is assumed to read in a second.
pub const ROWS_PER_SECOND: u64 = 10_000;

/// What happens to the rows that are there when the connector starts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SnapshotPlan {
    /// The mode, by the connector's own word.
    pub mode: SnapshotMode,
    /// What the mode means here, and what consumers have to expect of it.
    pub statements: Vec<Statement>,
    /// What each table adds, in the order of the tables; empty where no rows are read.
    pub tables: Vec<TableSnapshot>,
    /// Rows of all tables, by the server's estimates; `None` where one is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<u64>,
    /// Seconds that reading them takes at [`ROWS_PER_SECOND`], which is an assumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_seconds: Option<u64>,
    /// Whether changes that happen meanwhile are kept until they can be read; `None` where no rows
    /// are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

/// A sentence, and how it is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Statement {
    /// The sentence.
    pub text: Text,
    /// How it is known.
    pub evidence: Evidence,
}

/// What the snapshot of one table is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TableSnapshot {
    /// The table.
    pub table: TableName,
    /// Its rows, by the server's estimate; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<u64>,
    /// Where its rows differ from those of later events.
    pub differences: Vec<Statement>,
}

/// Whether the log is kept until the snapshot has ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Retention {
    /// Whether it is; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlives: Option<bool>,
    /// Why.
    pub told: Statement,
}

impl SnapshotPlan {
    /// The mode, by the connector's own word.
    pub(super) fn mode_word(&self) -> &'static str {
        match self.mode {
            SnapshotMode::Always => "always",
            SnapshotMode::Initial => "initial",
            SnapshotMode::InitialOnly => "initial_only",
            SnapshotMode::Never => "never",
            SnapshotMode::NoData => "no_data",
            SnapshotMode::WhenNeeded => "when_needed",
        }
    }

    /// How much there is to read, how long that takes, and whether the log is kept that long; empty
    /// where no rows are read.
    pub(super) fn volume(&self) -> Vec<Statement> {
        let Some(retention) = &self.retention else { return Vec::new() };
        let volume = match (self.estimated_rows, self.estimated_seconds) {
            (Some(rows), Some(seconds)) => format!(
                "about {rows} rows, {} at an assumed {ROWS_PER_SECOND} rows a second",
                duration(seconds)
            ),
            _ => "how many rows there are is not known: the visit reads no statistics, or the \
                  tables were never analysed"
                .into(),
        };
        vec![Statement::new(volume, Evidence::Inferred), retention.told.clone()]
    }
}

impl Statement {
    pub(super) fn new(text: impl Into<Text>, evidence: Evidence) -> Self {
        Self { text: text.into(), evidence }
    }
}

/// The plan for tables that were described in the order in which they were found.
pub(super) fn plan(
    engine: DatabaseKind,
    facts: &Facts,
    intent: &Intent,
    tables: &[TableContract],
) -> SnapshotPlan {
    let mode = intent.snapshot;
    let mut statements = meaning(mode, engine);
    if !intent.reads_rows() {
        return SnapshotPlan {
            mode,
            statements,
            tables: Vec::new(),
            estimated_rows: None,
            estimated_seconds: None,
            retention: None,
        };
    }
    statements.extend(expectations());
    let rows = rows(&facts.source);
    let tables: Vec<TableSnapshot> = tables
        .iter()
        .enumerate()
        .map(|(place, table)| TableSnapshot {
            table: table.name.clone(),
            estimated_rows: rows.get(place).copied().flatten(),
            differences: differences(table),
        })
        .collect();
    let counts: Option<Vec<u64>> = tables.iter().map(|table| table.estimated_rows).collect();
    let estimated_rows = counts.map(|counts| counts.into_iter().fold(0_u64, u64::saturating_add));
    let estimated_seconds = estimated_rows.map(|rows| rows.div_ceil(ROWS_PER_SECOND));
    let retention = Some(retention(&facts.source, estimated_seconds));
    SnapshotPlan { mode, statements, tables, estimated_rows, estimated_seconds, retention }
}

fn meaning(mode: SnapshotMode, engine: DatabaseKind) -> Vec<Statement> {
    use Evidence::{Documented, Measured};
    let all_rows = || {
        Statement::new("every row comes once as a snapshot event, then changes follow", Measured)
    };
    match (mode, engine) {
        (SnapshotMode::Initial, _) => vec![all_rows()],
        (SnapshotMode::Always, _) => vec![
            all_rows(),
            Statement::new(
                "the same at every restart: consumers have to replace rows that they have, and \
                 never hear of rows deleted meanwhile",
                Documented,
            ),
        ],
        (SnapshotMode::WhenNeeded, _) => vec![
            all_rows(),
            Statement::new("the same again whenever the place to go on from is lost", Documented),
        ],
        (SnapshotMode::InitialOnly, _) => vec![Statement::new(
            "every row comes once as a snapshot event, and nothing follows: the connector stops",
            Documented,
        )],
        (SnapshotMode::Never, DatabaseKind::MySql) => vec![
            Statement::new(
                "no row is read: every binary log that is kept is replayed from its start, so that \
                 old changes come as if they were new",
                Documented,
            ),
            Statement::new(
                "the connector stops at the first row of a table whose CREATE TABLE is in none of \
                 them; Debezium 3.6 has the mode no more, and no_data in its place",
                Documented,
            ),
        ],
        (SnapshotMode::Never, DatabaseKind::Postgres) => vec![
            Statement::new("no row is read: changes come from the making of the slot on", Measured),
            Statement::new(
                "Debezium 3.3 has the word no more, and no_data in its place",
                Documented,
            ),
        ],
        (SnapshotMode::NoData, DatabaseKind::MySql) => vec![Statement::new(
            "the tables' definitions are read and no row: changes come from now on",
            Measured,
        )],
        (SnapshotMode::NoData, DatabaseKind::Postgres) => vec![Statement::new(
            "no row is read: changes come from the making of the slot on",
            Measured,
        )],
    }
}

/// What consumers have to expect of every snapshot.
fn expectations() -> [Statement; 3] {
    [
        Statement::new(
            "source.snapshot tells rows apart: first, true, last_in_data_collection and last; a \
             single row has only last, and an empty table gives nothing",
            Evidence::Measured,
        ),
        Statement::new(
            "a row that changes meanwhile comes with its older values, and then as an update",
            Evidence::Documented,
        ),
        Statement::new(
            "events may come twice: apply them by key and position",
            Evidence::Documented,
        ),
    ]
}

/// Estimated rows, in the order of the tables that were found.
fn rows(source: &Source) -> Vec<Option<u64>> {
    match source {
        // The visit asks MySQL for no statistics: they cost a call for every table.
        Source::MySql(_) | Source::RabbitMq(_) => Vec::new(),
        Source::Postgres(db) => {
            let found = db.tables.known().map(|tables| tables.found.as_slice());
            let estimate = |table: &cdc_checks::facts::postgres::Table| {
                let rows = match &table.leaves {
                    Some(leaves) => leaves.estimated_rows,
                    None => table.estimated_rows,
                };
                // Before PostgreSQL 14 a table that was never analysed has no rows and no pages.
                let never = rows < 0.0 || (rows == 0.0 && table.pages.unwrap_or_default() == 0);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "≥ 0")]
                (!never).then_some(rows as u64)
            };
            found.unwrap_or_default().iter().map(estimate).collect()
        }
    }
}

/// Where the rows of a snapshot are not those of an insert.
fn differences(table: &TableContract) -> Vec<Statement> {
    let image = |op| {
        let operation = table.operation(op).filter(|one| one.delivery == Delivery::Delivered)?;
        operation.after.as_ref()?.columns()
    };
    let mut differences = Vec::new();
    if let (Some(read), Some(created)) = (image(Op::Read), image(Op::Create)) {
        for (read, created) in read.iter().zip(created) {
            if let Some(what) = differs(&read.presence, &created.presence) {
                let text = format!("{}: {what}", read.name.untrusted());
                differences.push(Statement::new(text, Evidence::Measured));
            }
        }
    }
    let by_value = table.columns.iter().filter_map(|column| {
        let what = differs_by_value(&column.database_type.untrusted().to_lowercase())?;
        Some(Statement::new(format!("{}: {what}", column.name.untrusted()), Evidence::Measured))
    });
    differences.extend(by_value);
    differences
}

fn differs(read: &Presence, created: &Presence) -> Option<&'static str> {
    match (read, created) {
        (Presence::Absent, Presence::Absent) => None,
        (_, Presence::Absent) => Some("in the snapshot only"),
        (Presence::Absent, _) => Some("in later events only"),
        (Presence::Unknown, _) | (_, Presence::Unknown | Presence::UnchangedPlaceholder { .. }) => {
            None
        }
        (_, Presence::UnknownNull) => Some("true in the snapshot, null later"),
        _ => None,
    }
}

/// Types of MySQL whose values a snapshot writes in another way.
fn differs_by_value(database_type: &str) -> Option<&'static str> {
    if database_type == "json" {
        return Some("the server's text in the snapshot, written anew by the engine later");
    }
    if database_type.starts_with("year") {
        return Some("0000 is 2000 in the snapshot and 1900 later");
    }
    let labels = database_type.strip_prefix("enum(")?;
    let has_comma = labels.split('\'').skip(1).step_by(2).any(|label| label.contains(','));
    has_comma.then_some("a comma in a label is \\, in later events")
}

fn retention(source: &Source, seconds: Option<u64>) -> Retention {
    let told = match source {
        Source::MySql(db) => binary_log(db, seconds),
        Source::Postgres(db) => slot(db, seconds),
        Source::RabbitMq(_) => Err(super::no_database()),
    };
    told.unwrap_or_else(|missing| Retention {
        outlives: None,
        told: Statement::new(
            format!("how long changes are kept is not known: {}", missing.sentence().untrusted()),
            Evidence::Inferred,
        ),
    })
}

fn binary_log(db: &MySql, seconds: Option<u64>) -> Result<Retention, Missing> {
    Ok(match db.binlog_kept()? {
        _ if db.platform().is_managed() => Retention {
            outlives: None,
            told: Statement::new(
                "the platform decides how long binary logs are kept; no variable shows it",
                Evidence::Documented,
            ),
        },
        Kept::Forever => Retention {
            outlives: Some(true),
            told: Statement::new(
                "binary logs are kept until they are deleted by hand",
                Evidence::Documented,
            ),
        },
        Kept::Seconds(kept) => {
            limited(kept, seconds, &format!("binary logs are kept for {}", duration(kept)))
        }
    })
}

fn slot(db: &Postgres, seconds: Option<u64>) -> Result<Retention, Missing> {
    let limit = match db.server()?.setting_number("max_slot_wal_keep_size") {
        // Before PostgreSQL 13 there is no limit.
        Err(Missing::Unsupported { .. }) => -1,
        limit => limit?,
    };
    if limit < 0 {
        return Ok(Retention {
            outlives: Some(true),
            told: Statement::new(
                "the slot keeps all WAL until the snapshot has ended: the disk has to hold it",
                Evidence::Documented,
            ),
        });
    }
    let Some(rate) = db.server()?.wal_per_second() else {
        return Ok(Retention {
            outlives: None,
            told: Statement::new(
                format!(
                    "slots keep {limit} MB of WAL; how long that lasts is not known: its rate was \
                     not measured"
                ),
                Evidence::Inferred,
            ),
        });
    };
    let kept = u64::try_from(limit.saturating_mul(1 << 20) / rate).unwrap_or_default();
    let what = format!("slots keep {limit} MB of WAL, {} at the rate so far", duration(kept));
    Ok(limited(kept, seconds, &what))
}

fn limited(kept: u64, seconds: Option<u64>, what: &str) -> Retention {
    let (outlives, text) = match seconds {
        None => (None, format!("{what}; how long the snapshot takes is not known")),
        Some(seconds) if seconds < kept => (Some(true), format!("{what}, longer than it takes")),
        Some(_) => (
            Some(false),
            format!("{what}, not as long as it takes: changes are lost before they are read"),
        ),
    };
    Retention { outlives, told: Statement::new(text, Evidence::Inferred) }
}

/// Seconds in the largest whole unit, rounded up to it.
pub(super) fn duration(seconds: u64) -> String {
    let (amount, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds.div_ceil(60), "minute"),
        7_200..172_800 => (seconds.div_ceil(3_600), "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    format!("{amount} {unit}{plural}")
}
