//! What the binary log of MySQL and MariaDB gives: operation against row, silent losses.

mod column_type;
mod default;
mod log;
mod types;

use cdc_checks::event_size::EventSize;
use cdc_checks::facts::mysql::{Column, MySql, Table, UniqueKey};
use cdc_checks::{Conversion, Intent, Missing, TableName, Text};

use self::column_type::ColumnType;
use self::default::Null;
use self::log::BinaryLog;
use super::contract::{ColumnContract, Evidence, Key, TableContract};
use super::image::{ColumnImage, Image, Presence};
use super::mapping::{Mapping, Sent};
use super::operation::{KeyChange, Op, OperationContract};

/// The tables and the absent ones.
pub(super) fn tables(
    db: &MySql,
    intent: &Intent,
) -> Result<(Vec<TableContract>, Vec<TableName>), Missing> {
    let log = BinaryLog::of(db)?;
    let invalid_dates = db.allows_invalid_dates().unwrap_or(false);
    let tables = db.tables.get()?;
    let found = tables.found.iter().map(|table| describe(table, &log, invalid_dates, intent));
    Ok((found.collect(), tables.absent.iter().map(|table| table.name.clone()).collect()))
}

/// A column with its form.
struct Described<'a> {
    column: &'a Column,
    mapping: Mapping,
    presence: Presence,
}

fn describe(
    table: &Table,
    log: &BinaryLog<'_>,
    invalid_dates: bool,
    intent: &Intent,
) -> TableContract {
    let conversion = &intent.profile.conversion;
    let mut columns: Vec<Described> =
        table.columns.iter().map(|column| described(column, log, conversion)).collect();
    if invalid_dates {
        columns.iter_mut().for_each(warn_of_invalid_dates);
    }
    let key = key(&table.unique_keys);
    TableContract {
        name: table.name.clone(),
        old_row: Text::new(format!("row image {}", log.row_image)),
        key_change: key_change(&key),
        key,
        columns: columns.iter().map(column_contract).collect(),
        operations: Op::ALL
            .into_iter()
            .map(|op| operation(op, table, &columns, log, intent))
            .collect(),
        size: EventSize::of_mysql(table),
        notes: log.table_notes(table),
    }
}

fn described<'a>(
    column: &'a Column,
    log: &BinaryLog<'_>,
    conversion: &Conversion,
) -> Described<'a> {
    let own = ColumnType::parse(column.data_type.untrusted());
    let mut mapping = types::of(&own, log.line, conversion);
    let presence = match mapping.sent {
        Sent::Never => Presence::Absent,
        Sent::Unknown | Sent::StopsEngine => Presence::Unknown,
        Sent::Always | Sent::SnapshotOnly if !column.nullable => Presence::Value,
        Sent::Always | Sent::SnapshotOnly => {
            match default::null(column, &own, &mapping, log.line, conversion) {
                Null::Default(default) => Presence::NullAsDefault { default },
                Null::Epoch(default) => {
                    mapping.notes.push("NULL arrives as 1970-01-01, for the default of now");
                    Presence::NullAsDefault { default }
                }
                Null::Itself => Presence::ValueOrNull,
                Null::Unsettled => {
                    mapping.notes.push("NULL may be shown as the default");
                    Presence::ValueOrNull
                }
            }
        }
    };
    if column.is_compressed() {
        mapping.notes.push("COMPRESSED: the engine cannot read its changes");
    }
    Described { column, mapping, presence }
}

/// `ALLOW_INVALID_DATES` lets days through which no month has.
fn warn_of_invalid_dates(described: &mut Described<'_>) {
    let data_type = described.column.data_type.untrusted();
    if data_type.starts_with("date") {
        described.mapping.notes.push("a day such as 2024-02-31 stops the engine");
    }
}

/// The primary key, or else a unique key on columns that are all NOT NULL.
fn key(keys: &[UniqueKey]) -> Key {
    let primary = keys.iter().find(|key| key.name.untrusted() == "PRIMARY");
    let mut others = keys.iter().filter(|key| {
        key.parts.iter().all(|part| part.column.is_some() && !part.nullable && !part.prefix)
    });
    let chosen = primary.or_else(|| others.next());
    // Which of several the engine takes was not seen.
    let is_certain = primary.is_some() || others.next().is_none();
    match chosen {
        None => Key::None,
        Some(key) => Key::Columns {
            columns: key.parts.iter().filter_map(|part| part.column.clone()).collect(),
            evidence: if is_certain { Evidence::Measured } else { Evidence::Inferred },
        },
    }
}

/// A changed key gives a delete and an insert.
fn key_change(key: &Key) -> Option<KeyChange> {
    let Key::Columns { columns, evidence } = key else { return None };
    Some(KeyChange::split(*evidence, columns.clone()))
}

fn column_contract(described: &Described<'_>) -> ColumnContract {
    let Described { column, mapping, .. } = described;
    ColumnContract {
        name: column.name.clone(),
        database_type: column.data_type.clone(),
        json_type: mapping.json_type.into(),
        encoding: mapping.encoding.map(Into::into),
        schema: mapping.schema.clone(),
        nullable: column.nullable,
        evidence: mapping.evidence,
        notes: mapping.notes.iter().copied().map(Text::new).collect(),
    }
}

fn operation(
    op: Op,
    table: &Table,
    columns: &[Described<'_>],
    log: &BinaryLog<'_>,
    intent: &Intent,
) -> OperationContract {
    if let Some(nothing) = log.withheld(op, table, intent) {
        return nothing;
    }
    let row = || Image::Row {
        columns: columns
            .iter()
            .map(|described| ColumnImage {
                name: described.column.name.clone(),
                presence: described.presence.clone(),
            })
            .collect(),
    };
    let (before, after) = match op {
        Op::Create | Op::Read => (Image::Null, row()),
        Op::Delete => (row(), Image::Null),
        Op::Truncate => (Image::Null, Image::Null),
        Op::Update => (row(), row()),
    };
    let mut contract = OperationContract::delivered(op, Evidence::Measured, before, after);
    contract.notes = log.notes(op, table, intent);
    contract
}

#[cfg(test)]
mod tests;
