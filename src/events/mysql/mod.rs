//! What the binary log of MySQL and MariaDB gives: row image against operation, silent losses.

mod types;

use cdc_checks::event_size::EventSize;
use cdc_checks::facts::mysql::{Column, ForeignKey, Line, MySql, Table, UniqueKey, Version};
use cdc_checks::{Conversion, Intent, Missing, TableName, Text};

use super::contract::{ColumnContract, Evidence, Key, TableContract};
use super::default;
use super::image::{ColumnImage, Image, Presence};
use super::mapping::{Mapping, Sent};
use super::operation::{Delivery, KeyChange, Op, OperationContract};

/// The tables and the absent ones.
pub(super) fn tables(
    db: &MySql,
    intent: &Intent,
) -> Result<(Vec<TableContract>, Vec<TableName>), Missing> {
    let log = BinaryLog::of(db)?;
    let tables = db.tables.get()?;
    let found = tables.found.iter().map(|table| describe(table, &log, intent)).collect();
    Ok((found, tables.absent.iter().map(|table| table.name.clone()).collect()))
}

/// What the server's settings do to every table.
struct BinaryLog {
    line: Line,
    row_image: String,
    /// Why the engine refuses to start, where it does.
    refused: Option<&'static str>,
    /// `PARTIAL_JSON` is on.
    partial_json: bool,
    /// MariaDB compresses row events of this many bytes and more.
    compressed_from: Option<String>,
    /// Rows that a foreign key of InnoDB changes are logged.
    logs_cascades: bool,
}

impl BinaryLog {
    fn of(db: &MySql) -> Result<Self, Missing> {
        let identity = db.identity.get()?;
        let line = identity.line();
        let row_image = db.variable("binlog_row_image")?.to_uppercase();
        let is = |name: &str, value: &str| -> Result<bool, Missing> {
            Ok(db.optional_variable(name)?.is_some_and(|text| text.eq_ignore_ascii_case(value)))
        };
        let partial_json = db
            .optional_variable("binlog_row_value_options")?
            .is_some_and(|text| text.to_uppercase().contains("PARTIAL_JSON"));
        let compresses = is("log_bin_compress", "ON")? || is("log_bin_compress", "1")?;
        let compressed_from = db.optional_variable("log_bin_compress_min_len")?.unwrap_or("256");
        let in_server = is("innodb_native_foreign_keys", "ON")?;
        let version = identity.version_number()?;
        Ok(Self {
            line,
            refused: refused(db, &row_image)?,
            row_image,
            partial_json,
            compressed_from: compresses.then(|| compressed_from.to_owned()),
            logs_cascades: line == Line::MySql && version >= Version::new(9, 6, 0) && !in_server,
        })
    }
}

/// Why the engine refuses to start, by what its start was seen to refuse.
fn refused(db: &MySql, row_image: &str) -> Result<Option<&'static str>, Missing> {
    let format = db.optional_variable("binlog_format")?;
    let log = db.optional_variable("log_bin")?;
    Ok(if log.is_some_and(|value| value.eq_ignore_ascii_case("OFF")) {
        Some("the engine refuses to start without a binary log")
    } else if format.is_some_and(|value| !value.eq_ignore_ascii_case("ROW")) {
        Some("the engine refuses to start unless binlog_format is ROW")
    } else if row_image != "FULL" {
        Some("the engine refuses to start unless binlog_row_image is FULL")
    } else {
        None
    })
}

/// A column with its form.
struct Described<'a> {
    column: &'a Column,
    mapping: Mapping,
    presence: Presence,
}

fn describe(table: &Table, log: &BinaryLog, intent: &Intent) -> TableContract {
    let conversion = &intent.profile.conversion;
    let columns: Vec<Described> =
        table.columns.iter().map(|column| described(column, log.line, conversion)).collect();
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
        notes: cascade_notes(&table.foreign_keys, log),
    }
}

fn described<'a>(column: &'a Column, line: Line, conversion: &Conversion) -> Described<'a> {
    let mapping = types::of(column.data_type.untrusted(), line, conversion);
    let presence = match mapping.sent {
        Sent::Never => Presence::Absent,
        Sent::Unknown | Sent::StopsEngine => Presence::Unknown,
        Sent::Always | Sent::SnapshotOnly => value(column, &mapping, line),
    };
    Described { column, mapping, presence }
}

fn value(column: &Column, mapping: &Mapping, line: Line) -> Presence {
    // A generated column may always be null, whatever the table says.
    if has_extra(column, "GENERATED") && !has_extra(column, "DEFAULT_GENERATED") {
        return Presence::ValueOrNull;
    }
    if !column.nullable {
        return Presence::Value;
    }
    let literal = constant_default(column, line);
    match literal.and_then(|text| default::shown(mapping.literal, &text)) {
        Some(default) => Presence::NullAsDefault { default },
        None => Presence::ValueOrNull,
    }
}

fn has_extra(column: &Column, word: &str) -> bool {
    column.extra.untrusted().to_uppercase().contains(word)
}

/// The default's text where it is a constant: MySQL marks expressions in `EXTRA`, MariaDB quotes
/// what is not one.
fn constant_default(column: &Column, line: Line) -> Option<String> {
    let text = column.default.as_ref()?.untrusted();
    if line == Line::MySql {
        return (!has_extra(column, "DEFAULT_GENERATED")).then(|| text.to_owned());
    }
    let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match inside {
        Some(inside) => Some(inside.replace("''", "'")),
        None => text.bytes().all(|byte| b"0123456789.-".contains(&byte)).then(|| text.to_owned()),
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

fn column_contract(described: &Described) -> ColumnContract {
    let Described { column, mapping, presence } = described;
    let mut notes = mapping.notes.clone();
    // MariaDB writes the absence of a default as NULL.
    let is_null = column.default.as_ref().is_some_and(|text| text.untrusted() == "NULL");
    let has_default = column.has_default && !is_null && !has_extra(column, "GENERATED");
    if has_default && *presence == Presence::ValueOrNull {
        notes.push("NULL may be shown as the default");
    }
    ColumnContract {
        name: column.name.clone(),
        database_type: column.data_type.clone(),
        json_type: mapping.json_type.into(),
        encoding: mapping.encoding.map(Into::into),
        schema: mapping.schema.clone(),
        nullable: column.nullable,
        evidence: mapping.evidence,
        notes: notes.into_iter().map(Text::new).collect(),
    }
}

fn operation(
    op: Op,
    table: &Table,
    columns: &[Described],
    log: &BinaryLog,
    intent: &Intent,
) -> OperationContract {
    if let Some(nothing) = withheld(op, table, columns, log, intent) {
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
    contract.notes = notes(op, log).into_iter().map(Text::new).collect();
    contract
}

fn withheld(
    op: Op,
    table: &Table,
    columns: &[Described],
    log: &BinaryLog,
    intent: &Intent,
) -> Option<OperationContract> {
    let measured =
        |delivery, why| Some(OperationContract::withheld(op, delivery, Evidence::Measured, why));
    let stopping = columns.iter().find(|column| column.mapping.sent == Sent::StopsEngine);
    let has_json = || columns.iter().any(|column| is_json(column.column));
    match table.kind.untrusted().to_uppercase().as_str() {
        "BASE TABLE" => {}
        "SYSTEM VERSIONED" => {
            return measured(Delivery::StopsEngine, "a system-versioned table stops the engine");
        }
        _ => return measured(Delivery::NotLogged, "this is not a table: it logs no rows"),
    }
    if let Some(why) = log.refused {
        return measured(Delivery::StopsEngine, why);
    }
    if stopping.is_some() {
        return measured(Delivery::StopsEngine, "a column's type stops the engine");
    }
    if op == Op::Update && log.partial_json && has_json() {
        let why = "under PARTIAL_JSON every update of a table with a JSON column is lost";
        return measured(Delivery::Lost, why);
    }
    if let Some(skipped) = OperationContract::skipped(op, intent.profile.skips) {
        return Some(skipped);
    }
    if op == Op::Read && !intent.reads_rows() {
        let why = "SnapshotMode is never";
        let evidence = Evidence::Documented;
        return Some(OperationContract::withheld(op, Delivery::NotAsked, evidence, why));
    }
    None
}

fn is_json(column: &Column) -> bool {
    column.data_type.untrusted().eq_ignore_ascii_case("json")
}

fn notes(op: Op, log: &BinaryLog) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some(bytes), true) = (&log.compressed_from, op != Op::Read) {
        notes.push(format!("log_bin_compress: row events of {bytes} bytes and more are lost"));
    }
    notes
}

/// Foreign keys whose engine changes rows of this table without a trace in the log.
fn cascade_notes(keys: &[ForeignKey], log: &BinaryLog) -> Vec<Text> {
    if log.logs_cascades {
        return Vec::new();
    }
    let changes = |rule: &Text| {
        matches!(rule.untrusted().to_uppercase().as_str(), "CASCADE" | "SET NULL" | "SET DEFAULT")
    };
    keys.iter()
        .filter(|key| changes(&key.on_delete) || changes(&key.on_update))
        .map(|key| {
            Text::new(format!(
                "rows that the foreign key {} changes are not logged: no event comes from them",
                key.name.untrusted()
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests;
