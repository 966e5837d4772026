//! The contract for people, in 80 columns: what holds for several columns is said once.

use cdc_checks::Text;
use serde_json::Value;

use super::contract::{ColumnContract, Contract, Evidence, Key, TableContract};
use super::glance::{Glance, LEGEND, SIDES};
use super::image::{ColumnImage, Image, Presence};
use super::operation::{Delivery, KeyChange, OperationContract};
use super::size_words;
use super::snapshot::{SnapshotPlan, Statement};
use crate::events::DatabaseKind;
use crate::report::{escape_terminal, guard_line};

/// Columns of the terminal.
const WIDTH: usize = 80;
/// Where the text behind `key`, `columns`, `insert` and so on begins.
const INDENT: usize = 16;
/// The widest list of column names that stands beside its type.
const NAMES: usize = 24;
/// The widest list of column names beside what stands for them.
const GLANCE_NAMES: usize = 18;
/// A word of what stands for a column, and a space.
const GLANCE_WORD: usize = 9;
/// A value that is written out is at most this long.
const VALUE_CHARS: usize = 44;

/// The whole contract.
pub fn human(contract: &Contract) -> String {
    let mut out = Page::default();
    let database = escape_terminal(&contract.database);
    let source = match contract.engine {
        DatabaseKind::MySql => format!("MySQL, database {database}"),
        DatabaseKind::Postgres => format!("PostgreSQL, database {database}"),
    };
    out.heading(&format!("Expected events ({source})"));
    out.blank();
    let (envelope, evidence) = (contract.envelope.as_str(), contract.envelope.evidence());
    out.heading(&format!("Envelope: {envelope} [{}]", evidence.as_str()));
    out.heading(&format!("Assumed: {}", contract.assumptions.join(" ")));
    out.blank();
    out.snapshot(&contract.snapshot);
    for table in &contract.tables {
        out.blank();
        out.table(table);
    }
    if !contract.absent.is_empty() {
        let names: Vec<String> =
            contract.absent.iter().map(|name| escape_terminal(&name.display())).collect();
        out.blank();
        out.heading(&format!("No events, not there: {}", names.join(", ")));
    }
    if !contract.tables.is_empty() {
        out.blank();
        out.heading(&format!("At a glance: {LEGEND}"));
    }
    out.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Wrapped text from the first column on.
    fn heading(&mut self, text: &str) {
        self.wrapped("", "", text);
    }

    /// A label, and wrapped text behind it.
    fn paragraph(&mut self, label: &str, text: &str) {
        self.wrapped(&margin(label), &margin(""), text);
    }

    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        let options = textwrap::Options::new(WIDTH)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.text.push_str(&guard_line(line.trim_end()));
            self.text.push('\n');
        }
    }

    fn table(&mut self, table: &TableContract) {
        // The word before the name keeps a name from being the first thing in a line.
        self.heading(&format!("Table {}", escape_terminal(&table.name.display())));
        self.paragraph("key", &key(&table.key));
        self.paragraph("old row by", &escape_terminal(&table.old_row));
        self.paragraph("size", &escape_terminal(&size_words(&table.size).into()));
        self.columns(&table.columns);
        self.column_notes(&table.columns);
        self.glance(table);
        let mut said = Vec::new();
        for operation in &table.operations {
            self.operation(operation, &mut said);
        }
        if let Some(change) = &table.key_change {
            self.paragraph("key change", &key_change(change));
        }
        for note in &table.notes {
            let told = format!("{} [{}]", escape_terminal(&note.text), note.evidence.as_str());
            self.paragraph("note", &told);
        }
    }

    fn snapshot(&mut self, plan: &SnapshotPlan) {
        self.heading(&format!("Snapshot: {}", plan.mode_word()));
        let told = plan.statements.iter().cloned().chain(plan.volume());
        for statement in told {
            self.item(&statement);
        }
        for table in plan.tables.iter().filter(|table| !table.differences.is_empty()) {
            let name = table.table.display();
            for difference in &table.differences {
                let text = format!("{}, {}", name.untrusted(), difference.text.untrusted());
                self.item(&Statement { text: text.into(), evidence: difference.evidence });
            }
        }
    }

    /// A sentence in a list, with how it is known.
    fn item(&mut self, statement: &Statement) {
        let text = escape_terminal(&statement.text);
        self.wrapped("  * ", "    ", &format!("{text} [{}]", statement.evidence.as_str()));
    }

    /// One word for each column and row of an event; columns with the same words together.
    fn glance(&mut self, table: &TableContract) {
        let glance = Glance::of(table);
        let line = |word: &dyn Fn(usize) -> &'static str| -> String {
            glance.sides().map(|side| format!("{:<GLANCE_WORD$}", word(side))).collect()
        };
        let head = line(&|side| SIDES[side].title);
        if head.is_empty() {
            return;
        }
        let indent = INDENT + GLANCE_NAMES;
        let label = margin("at a glance");
        self.wrapped(&format!("{label:<indent$}"), "", head.trim_end());
        let places: Vec<usize> = (0..table.columns.len()).collect();
        let name = |place: &usize| {
            table.columns.get(*place).map_or_else(String::new, |one| escape_terminal(&one.name))
        };
        let words = |place: &usize| line(&|side| glance.word(side, *place));
        for (words, names) in grouped(&places, words, name) {
            let first = margin("");
            let width = textwrap::core::display_width(&names);
            if width < GLANCE_NAMES {
                let gap = " ".repeat(GLANCE_NAMES - width);
                self.wrapped(&format!("{first}{names}{gap}"), "", words.trim_end());
            } else {
                self.wrapped(&first, &first, &names);
                self.wrapped(&" ".repeat(indent), "", words.trim_end());
            }
        }
    }

    fn column_notes(&mut self, columns: &[ColumnContract]) {
        let notes: Vec<(&ColumnContract, &Text)> = columns
            .iter()
            .flat_map(|column| column.notes.iter().map(move |note| (column, note)))
            .collect();
        let groups = grouped(
            &notes,
            |(_, note)| escape_terminal(note),
            |(column, _)| escape_terminal(&column.name),
        );
        for (index, (note, names)) in groups.iter().enumerate() {
            let label = if index == 0 { "values" } else { "" };
            self.paragraph(label, &format!("{note}: {names}"));
        }
    }

    fn columns(&mut self, columns: &[ColumnContract]) {
        let groups = grouped(columns, form, |column| escape_terminal(&column.name));
        let widest = groups.iter().map(|(_, names)| textwrap::core::display_width(names));
        let width = widest.filter(|width| *width <= NAMES).max().unwrap_or(0);
        for (index, (form, names)) in groups.iter().enumerate() {
            let label = if index == 0 { "columns" } else { "" };
            let first = margin(label);
            let behind = " ".repeat(INDENT + width + 2);
            let own_width = textwrap::core::display_width(names);
            if own_width <= width {
                let gap = " ".repeat(width - own_width + 2);
                self.wrapped(&format!("{first}{names}{gap}"), &behind, form);
            } else {
                self.wrapped(&first, &margin(""), names);
                self.wrapped(&behind, &behind, form);
            }
        }
    }

    /// One operation. `said` holds the long descriptions of rows so far, and where they stand.
    fn operation(&mut self, operation: &OperationContract, said: &mut Vec<(String, String)>) {
        let label = format!("{} ({})", operation.op.as_str(), operation.op.letter());
        let notes: Vec<String> = operation.notes.iter().map(escape_terminal).collect();
        let evidence = operation.evidence.as_str();
        let images = (operation.delivery == Delivery::Delivered)
            .then_some(operation.before.as_ref().zip(operation.after.as_ref()))
            .flatten();
        let Some((before, after)) = images else {
            let why = notes.join("; ");
            let delivery = operation.delivery.as_str();
            return self.paragraph(&label, &format!("{delivery}: {why} [{evidence}]"));
        };
        let mut once =
            |side, image| say_once(said, format!("\"{side}\" of {label}"), describe(image));
        let (before, after) = (once("before", before), once("after", after));
        let line = format!("before {before}, after {after} [{evidence}]");
        if textwrap::core::display_width(&line) <= WIDTH - INDENT {
            self.paragraph(&label, &line);
        } else {
            self.paragraph(&label, &format!("before {before}"));
            self.paragraph("", &format!("after {after} [{evidence}]"));
        }
        for note in &notes {
            self.paragraph("", note);
        }
    }
}

/// The left margin, with or without a label.
fn margin(label: &str) -> String {
    format!("  {label:<width$}", width = INDENT - 2)
}

/// A long description once, and after that the place where it stands.
fn say_once(said: &mut Vec<(String, String)>, place: String, text: String) -> String {
    if text.chars().count() < WIDTH / 2 {
        return text;
    }
    match said.iter().find(|(_, known)| *known == text) {
        Some((place, _)) => format!("as {place}"),
        None => {
            said.push((place, text.clone()));
            text
        }
    }
}

fn key_change(change: &KeyChange) -> String {
    let what = match change.delivery {
        Delivery::Split => "a delete of the old key and an insert".to_owned(),
        other => other.as_str().to_owned(),
    };
    let notes = change.notes.iter().map(|note| format!("; {}", escape_terminal(note)));
    let columns = names(&change.columns);
    let evidence = change.evidence.as_str();
    format!("of {columns}: {what}{} [{evidence}]", notes.collect::<String>())
}

fn key(key: &Key) -> String {
    match key {
        Key::Columns { columns, evidence } => format!("{} [{}]", names(columns), evidence.as_str()),
        Key::None => "none: events carry no key".into(),
        Key::Unknown => "not known: the table has no primary key".into(),
    }
}

/// The columns that have the same text, in the order of their first.
fn grouped<T>(
    items: &[T],
    text: impl Fn(&T) -> String,
    name: impl Fn(&T) -> String,
) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    for item in items {
        let (text, name) = (text(item), name(item));
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => {
                names.push_str(", ");
                names.push_str(&name);
            }
            None => groups.push((text, name)),
        }
    }
    groups
}

/// The form of a column's values, for example `text, nullable: string`.
fn form(column: &ColumnContract) -> String {
    let database_type = escape_terminal(&column.database_type);
    let nullable = if column.nullable { ", nullable" } else { "" };
    let json = match column.json_type.as_ref() {
        "absent" => "left out of every event".to_owned(),
        "unknown" => "form not known".to_owned(),
        json_type => match &column.encoding {
            Some(encoding) => format!("{json_type} ({encoding})"),
            None => json_type.to_owned(),
        },
    };
    let doubt = match column.evidence {
        Evidence::Measured => String::new(),
        other => format!(" [{}]", other.as_str()),
    };
    format!("{database_type}{nullable}: {json}{doubt}")
}

/// What a row holds, a line for each kind of content. Never "the old row" alone: what is true, what
/// is not, what was not sent.
fn describe(image: &Image) -> String {
    let columns = match image {
        Image::Null => return "null".into(),
        Image::Unknown => return "not known".into(),
        Image::RowOrNull { columns } => {
            let row = describe(&Image::Row { columns: columns.clone() });
            return format!("null; where the identity changes\n{row}");
        }
        Image::Row { columns } => columns,
    };
    let (true_columns, others): (Vec<_>, Vec<_>) = columns
        .iter()
        .partition(|column| matches!(column.presence, Presence::Value | Presence::ValueOrNull));
    if others.is_empty() {
        return "the whole row".into();
    }
    let mut parts = match true_columns.len() {
        0 => Vec::new(),
        few if few <= others.len() => {
            vec![format!("true: {}", names(true_columns.into_iter().map(|column| &column.name)))]
        }
        _ => vec!["the whole row, except".to_owned()],
    };
    let kinds = grouped(&others, |column| kind(&column.presence).into(), |_| String::new());
    for (said, _) in kinds {
        let of_kind: Vec<&ColumnImage> =
            others.iter().filter(|column| kind(&column.presence) == said).copied().collect();
        parts.push(format!("{said}: {}", values_and_names(&of_kind)));
    }
    parts.join("\n")
}

/// `0 for n, m; "" for code`, or only the names where there is no value to show.
fn values_and_names(columns: &[&ColumnImage]) -> String {
    let groups =
        grouped(columns, |column| stand_in(&column.presence), |c| escape_terminal(&c.name));
    let said: Vec<String> = groups
        .into_iter()
        .map(|(value, names)| match value.is_empty() {
            true => names,
            false => format!("{value} for {names}"),
        })
        .collect();
    said.join("; ")
}

fn kind(presence: &Presence) -> &'static str {
    match presence {
        Presence::Absent => "left out",
        Presence::Fabricated { .. } => "made up, not the old value",
        Presence::NullAsDefault { .. } => "true, with NULL shown as the default",
        Presence::UnchangedPlaceholder { .. } => "true, or a stand-in where large and unchanged",
        Presence::Unknown => "not known",
        Presence::UnknownNull => "null, which means \"not sent\"",
        Presence::Value | Presence::ValueOrNull => "true",
    }
}

fn stand_in(presence: &Presence) -> String {
    match presence {
        Presence::Fabricated { value: Some(value) }
        | Presence::NullAsDefault { default: value }
        | Presence::UnchangedPlaceholder { placeholder: Some(value), .. } => show(value),
        Presence::Fabricated { value: None }
        | Presence::UnchangedPlaceholder { placeholder: None, .. } => "one not known".into(),
        Presence::Absent
        | Presence::Unknown
        | Presence::UnknownNull
        | Presence::Value
        | Presence::ValueOrNull => String::new(),
    }
}

/// A value as JSON, cut where it is long.
fn show(value: &Value) -> String {
    let text = escape_terminal(&Text::new(value.to_string()));
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn names<'a>(names: impl IntoIterator<Item = &'a Text>) -> String {
    names.into_iter().map(escape_terminal).collect::<Vec<_>>().join(", ")
}
