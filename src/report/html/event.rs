//! The events to expect, as a part of the page: a line a table, and its rows column by column.

use cdc_checks::{Missing, Text};

use super::super::{NAME_LIMIT, text};
use super::Words;
use crate::events::glance::{Glance, LEGEND, SIDES};
use crate::events::{Contract, Delivery, Image, Key, OperationContract, TableContract, size_words};

/// Tables that are told column by column; of the others there is a line each.
const TABLES_DETAILED: usize = 200;

/// What will come, or why that cannot be told.
pub(super) struct Events {
    pub(super) unknown: Option<String>,
    pub(super) envelope: &'static str,
    pub(super) envelope_evidence: &'static str,
    pub(super) snapshot: String,
    pub(super) statements: Vec<(String, &'static str)>,
    pub(super) assumptions: Vec<String>,
    pub(super) tables: Vec<Table>,
    pub(super) undetailed: usize,
    pub(super) absent: Vec<String>,
    pub(super) legend: &'static str,
}

/// What comes from one table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) old_row: String,
    pub(super) size: String,
    pub(super) operations: Vec<Operation>,
    pub(super) notes: Vec<(String, &'static str)>,
    /// The rows that some event has.
    pub(super) sides: Vec<&'static str>,
    pub(super) columns: Vec<Column>,
    /// Columns whose true value some row lacks, by row: `u.before: a, b`.
    pub(super) lacking: Vec<(&'static str, String)>,
}

/// What one operation gives.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) letter: &'static str,
    pub(super) delivery: &'static str,
    pub(super) comes: bool,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    pub(super) evidence: &'static str,
    pub(super) notes: Vec<String>,
}

/// What stands for one column in each row.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) database_type: String,
    pub(super) json_type: String,
    pub(super) cells: Vec<&'static str>,
    pub(super) notes: Vec<String>,
}

impl Events {
    pub(super) fn of(known: &Result<Contract, Missing>, words: Words) -> Self {
        match known {
            Ok(contract) => Self::told(contract, words),
            Err(missing) => Self {
                unknown: Some(text::shorten(&missing.sentence(), 4 * NAME_LIMIT)),
                ..Self::empty(words)
            },
        }
    }

    fn empty(words: Words) -> Self {
        Self {
            unknown: None,
            envelope: "",
            envelope_evidence: "",
            snapshot: String::new(),
            statements: Vec::new(),
            assumptions: Vec::new(),
            tables: Vec::new(),
            undetailed: 0,
            absent: Vec::new(),
            legend: words.say(LEGEND),
        }
    }

    fn told(contract: &Contract, words: Words) -> Self {
        let tables = contract.tables.iter().enumerate();
        let plan = &contract.snapshot;
        let statements = plan.statements.iter().cloned().chain(plan.volume());
        Self {
            unknown: None,
            envelope: contract.envelope.as_str(),
            envelope_evidence: contract.envelope.evidence().as_str(),
            snapshot: plan.mode_word().to_owned(),
            statements: statements.map(|it| (shown(&it.text), it.evidence.as_str())).collect(),
            assumptions: contract.assumptions.iter().map(|it| plain(it)).collect(),
            tables: tables
                .map(|(number, table)| Table::of(contract, table, number < TABLES_DETAILED, words))
                .collect(),
            undetailed: contract.tables.len().saturating_sub(TABLES_DETAILED),
            absent: contract.absent.iter().map(|name| name_of(&name.display())).collect(),
            legend: words.say(LEGEND),
        }
    }
}

impl Table {
    fn of(contract: &Contract, table: &TableContract, detailed: bool, words: Words) -> Self {
        let glance = Glance::of(table);
        let sides: Vec<usize> = if detailed { glance.sides().collect() } else { Vec::new() };
        let columns = if detailed { columns(table, &glance, &sides) } else { Vec::new() };
        let operation = |it| Operation::of(contract, it, detailed, words);
        let notes = table.notes.iter().filter(|_| detailed);
        Self {
            name: name_of(&table.name.display()),
            key: key(&table.key, words),
            old_row: shown(&table.old_row),
            size: plain(&size_words(&table.size)),
            operations: table.operations.iter().map(operation).collect(),
            notes: notes.map(|it| (shown(&it.text), it.evidence.as_str())).collect(),
            lacking: lacking(&columns, &sides),
            sides: sides.iter().map(|&side| SIDES[side].title).collect(),
            columns,
        }
    }

    /// The operations that give events, by their letters.
    pub(super) fn comes(&self) -> String {
        let names = self.operations.iter().filter(|it| it.comes).map(|it| it.name);
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Operation {
    fn of(contract: &Contract, it: &OperationContract, detailed: bool, words: Words) -> Self {
        let relayed = contract.envelope.relays(it.op);
        let delivered = it.delivery == Delivery::Delivered;
        let notes = it.notes.iter().filter(|_| detailed);
        Self {
            name: words.say(it.op.as_str()),
            letter: it.op.letter(),
            delivery: words.say(match delivered && !relayed {
                true => "not relayed",
                false => it.delivery.as_str(),
            }),
            comes: delivered && relayed,
            before: words.say(image(it.before.as_ref())),
            after: words.say(image(it.after.as_ref())),
            evidence: it.evidence.as_str(),
            notes: notes.map(shown).collect(),
        }
    }
}

fn image(image: Option<&Image>) -> &'static str {
    match image {
        None => "–",
        Some(Image::Null) => "null",
        Some(Image::Row { .. }) => "row",
        Some(Image::RowOrNull { .. }) => "row or null",
        Some(Image::Unknown) => "not known",
    }
}

fn key(key: &Key, words: Words) -> String {
    match key {
        Key::Columns { columns, .. } => columns.iter().map(name_of).collect::<Vec<_>>().join(", "),
        Key::None => words.say("none").into(),
        Key::Unknown => words.say("not known").into(),
    }
}

fn columns(table: &TableContract, glance: &Glance<'_>, sides: &[usize]) -> Vec<Column> {
    let columns = table.columns.iter().enumerate().map(|(place, column)| {
        let encoding = column.encoding.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let nullable = if column.nullable { "" } else { " NOT NULL" };
        Column {
            name: name_of(&column.name),
            database_type: format!("{}{nullable}", name_of(&column.database_type)),
            json_type: plain(&format!("{}{encoding}", column.json_type)),
            cells: sides.iter().map(|&side| glance.word(side, place)).collect(),
            notes: column.notes.iter().map(shown).collect(),
        }
    });
    columns.collect()
}

/// The columns of which a row does not hold the true value.
fn lacking(columns: &[Column], sides: &[usize]) -> Vec<(&'static str, String)> {
    let told = sides.iter().enumerate().map(|(at, &side)| {
        let is_true = |word: &str| matches!(word, "yes" | "null" | "-");
        let names = columns.iter().filter(|column| !is_true(column.cells[at]));
        let names: Vec<String> =
            names.map(|column| format!("{} ({})", column.name, column.cells[at])).collect();
        (SIDES[side].title, names.join(", "))
    });
    told.filter(|(_, names)| !names.is_empty()).collect()
}

fn name_of(name: &Text) -> String {
    text::shorten(name, NAME_LIMIT)
}

fn shown(words: &Text) -> String {
    text::shorten(words, 4 * NAME_LIMIT)
}

fn plain(words: &str) -> String {
    shown(&Text::new(words))
}
