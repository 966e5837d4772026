//! What the server's settings do to the events of every table.

use cdc_checks::facts::mysql::{BinlogFilters, Identity, Line, MySql, Table};
use cdc_checks::{Intent, Missing, SnapshotMode, Text};

use crate::events::contract::Evidence;
use crate::events::operation::{Delivery, Op, OperationContract};
use crate::events::snapshot::Statement;

/// What the server's settings, and the selected tables together, do to every table.
pub(super) struct BinaryLog<'a> {
    pub(super) line: Line,
    pub(super) row_image: String,
    pub(super) logs_cascades: bool,
    server: &'a Identity,
    tables: &'a [Table],
    /// Why the engine refuses to start, where it does.
    refused: Option<(Text, Evidence)>,
    /// `None` where they could not be read; then a check says so.
    filters: Option<BinlogFilters<'a>>,
    partial_json: bool,
    /// MariaDB compresses row events of this many bytes and more.
    compressed_from: Option<&'a str>,
}

impl<'a> BinaryLog<'a> {
    pub(super) fn of(db: &'a MySql) -> Result<Self, Missing> {
        let server = db.identity.get()?;
        let tables = &db.tables.get()?.found;
        let row_image = db.variable("binlog_row_image")?.to_uppercase();
        let compresses = db
            .optional_variable("log_bin_compress")?
            .is_some_and(|value| matches!(value.to_uppercase().as_str(), "ON" | "1"));
        let compressed_from = db.optional_variable("log_bin_compress_min_len")?.unwrap_or("256");
        Ok(Self {
            line: server.line(),
            logs_cascades: db.logs_cascades()?,
            server,
            tables,
            refused: refused(db, &row_image)?.or_else(|| unreadable(tables)),
            row_image,
            filters: db.binlog_filters().ok(),
            partial_json: db.logs_partial_json()?,
            compressed_from: compresses.then_some(compressed_from),
        })
    }

    /// What one operation gives where it is no event; `None` where an event comes.
    pub(super) fn withheld(
        &self,
        op: Op,
        table: &Table,
        intent: &Intent,
    ) -> Option<OperationContract> {
        let withheld = |delivery, evidence, why: &str| {
            Some(OperationContract::withheld(op, delivery, evidence, Text::new(why)))
        };
        if let Some((why, evidence)) = &self.refused {
            let why = why.clone();
            return Some(OperationContract::withheld(op, Delivery::StopsEngine, *evidence, why));
        }
        if !table.keeps_rows() {
            let why = "this is no table: it has no rows of its own to log";
            return withheld(Delivery::NotLogged, Evidence::Measured, why);
        }
        if op == Op::Read {
            return not_read(intent.snapshot);
        }
        if intent.snapshot == SnapshotMode::InitialOnly {
            let why = "snapshot mode initial_only: the engine ends with the snapshot";
            return withheld(Delivery::NotAsked, Evidence::Documented, why);
        }
        if let Some(why) = self.filtered(table) {
            return withheld(Delivery::NotLogged, Evidence::Measured, why);
        }
        if let (Some(why), true) = (stopped_by(table), op != Op::Truncate) {
            return withheld(Delivery::StopsEngine, Evidence::Measured, why);
        }
        if op == Op::Update && self.partial_json && has_json(table) {
            let why = "under PARTIAL_JSON every update of a table with a JSON column is lost";
            return withheld(Delivery::Lost, Evidence::Measured, why);
        }
        if matches!(op, Op::Update | Op::Delete) && is_engine(table, "BLACKHOLE") {
            let why = "the storage engine keeps no rows: there are none to change";
            return withheld(Delivery::NotLogged, Evidence::Documented, why);
        }
        OperationContract::skipped(op, intent.profile.skips)
    }

    /// Why the changes of a table's database are not logged.
    fn filtered(&self, table: &Table) -> Option<&'static str> {
        let filters = self.filters.as_ref()?;
        if filters.cover(&table.name.schema, self.server) {
            return None;
        }
        Some(match filters.only.is_empty() {
            true => "binlog_ignore_db leaves the database out of the binary log",
            false => "binlog_do_db leaves the database out of the binary log",
        })
    }

    /// What a reader should know of the events of one operation that comes.
    pub(super) fn notes(&self, op: Op, table: &Table, intent: &Intent) -> Vec<Text> {
        let mut notes = Vec::new();
        let mut say = |note: &str| notes.push(Text::new(note));
        match op {
            Op::Delete => say("REPLACE of a row that is there is a delete and an insert"),
            Op::Read if intent.snapshot == SnapshotMode::Always => {
                say("at every start again: a row that was deleted meanwhile gives nothing");
            }
            Op::Read if stopped_by(table).is_some() => say("the first change stops the engine"),
            Op::Update => say("an UPDATE that changes nothing gives no event"),
            Op::Create | Op::Read | Op::Truncate => {}
        }
        if op == Op::Delete && table.options.untrusted().contains("partitioned") {
            say("a partition that is dropped or truncated gives no event");
        }
        if let (Some(bytes), false) = (self.compressed_from, matches!(op, Op::Read | Op::Truncate))
        {
            notes.push(Text::new(format!(
                "log_bin_compress: row events of {bytes} bytes and more are lost without a word"
            )));
        }
        notes
    }

    /// What a reader should know of a table as a whole.
    pub(super) fn table_notes(&self, table: &Table) -> Vec<Statement> {
        let mut notes = self.cascade_notes(table);
        if is_engine(table, "MEMORY") {
            let empties = "a restart of the server empties the table, and no row gives an event";
            notes.push(Statement::new(empties, Evidence::Documented));
        }
        let others = self.tables.iter().filter(|other| other.name != table.name);
        notes.extend(others.filter(|other| stopped_by(other).is_some()).map(|other| {
            let name = other.name.display();
            let name = name.untrusted();
            let ends =
                format!("events end with the first change of {name}, which stops the engine");
            Statement::new(ends, Evidence::Measured)
        }));
        notes
    }

    /// Foreign keys by which the storage engine changes rows of this table.
    fn cascade_notes(&self, table: &Table) -> Vec<Statement> {
        let note = |name: &str, is_hidden: bool| match (self.logs_cascades, is_hidden) {
            (true, _) => Statement::new(
                format!(
                    "rows that the foreign key {name} changes give events, before that of the \
                     parent"
                ),
                Evidence::Measured,
            ),
            (false, true) => Statement::new(
                format!(
                    "whether the foreign key {name} changes rows is hidden: those would give no \
                     event"
                ),
                Evidence::Inferred,
            ),
            (false, false) => Statement::new(
                format!("rows that the foreign key {name} changes are not logged: no event comes"),
                Evidence::Measured,
            ),
        };
        let keys = table.foreign_keys.iter();
        keys.map(|key| (key.name.untrusted(), key.on_delete.untrusted().is_empty()))
            .map(|(name, is_hidden)| note(name, is_hidden))
            .collect()
    }
}

/// Why the engine refuses to start, by what its start was seen to refuse.
fn refused(db: &MySql, row_image: &str) -> Result<Option<(Text, Evidence)>, Missing> {
    let format = db.optional_variable("binlog_format")?;
    let log = db.optional_variable("log_bin")?;
    let (why, evidence) = if log.is_some_and(|value| value.eq_ignore_ascii_case("OFF")) {
        ("the engine refuses to start without a binary log", Evidence::Measured)
    } else if format.is_some_and(|value| !value.eq_ignore_ascii_case("ROW")) {
        ("the engine refuses to start unless binlog_format is ROW", Evidence::Measured)
    } else if row_image != "FULL" {
        let was_seen = matches!(row_image, "MINIMAL" | "NOBLOB");
        let evidence = if was_seen { Evidence::Measured } else { Evidence::Documented };
        ("the engine refuses to start unless binlog_row_image is FULL", evidence)
    } else {
        return Ok(None);
    };
    Ok(Some((why.into(), evidence)))
}

/// The table whose definition stops the engine at its start, before an event of any table.
fn unreadable(tables: &[Table]) -> Option<(Text, Evidence)> {
    let (table, column) = tables.iter().find_map(|table| {
        let column = table.columns.iter().find(|column| column.stops_readers())?;
        Some((table, column))
    })?;
    let (name, data_type) = (table.name.display(), column.data_type.untrusted());
    let name = name.untrusted();
    let why =
        format!("the engine stops at the definition of {name}: it has a column of {data_type}");
    Some((Text::new(why), Evidence::Measured))
}

/// Why the first change of a row of a table stops the engine.
fn stopped_by(table: &Table) -> Option<&'static str> {
    if table.is_system_versioned() {
        return Some("the first change of a row of a system-versioned table stops the engine");
    }
    let is_compressed = table.columns.iter().any(|column| column.is_compressed());
    is_compressed.then_some("the first change of a row with a COMPRESSED column stops the engine")
}

/// What comes of rows that are there before, where it is no event.
fn not_read(mode: SnapshotMode) -> Option<OperationContract> {
    let (why, evidence) = match mode {
        SnapshotMode::Never => (
            "snapshot mode never: no rows are read, and the changes in every binary log that is \
             kept come again instead",
            Evidence::Documented,
        ),
        SnapshotMode::NoData => {
            ("snapshot mode no_data: only the tables' definitions are read", Evidence::Measured)
        }
        SnapshotMode::Always
        | SnapshotMode::Initial
        | SnapshotMode::InitialOnly
        | SnapshotMode::WhenNeeded => return None,
    };
    Some(OperationContract::withheld(Op::Read, Delivery::NotAsked, evidence, why))
}

fn has_json(table: &Table) -> bool {
    table.columns.iter().any(|column| column.data_type.untrusted().eq_ignore_ascii_case("json"))
}

fn is_engine(table: &Table, name: &str) -> bool {
    table.engine.untrusted().eq_ignore_ascii_case(name)
}
