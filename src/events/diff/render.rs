//! Differences for people, programs and pull requests.

use std::fmt::Write as _;

use cdc_checks::Text;

use super::{Change, Class, Diff, Kind};
use crate::report::{code_markdown, escape_markdown, escape_terminal, json_document};

/// A form of a [`Diff`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// A table for a pull request.
    Markdown,
}

/// A value is shown up to this many characters.
const SHOWN: usize = 120;

/// The differences in one text.
pub fn render_diff(diff: &Diff, format: DiffFormat) -> String {
    match format {
        DiffFormat::Human => human(diff),
        DiffFormat::Json => json_document(diff),
        DiffFormat::Markdown => markdown(diff),
    }
}

fn human(diff: &Diff) -> String {
    let mut out = format!("{}: {}\n", diff.class.as_str(), summary(diff));
    let mut table = None;
    for change in &diff.changes {
        if table != Some(&change.table) {
            table = Some(&change.table);
            let name = change.table.as_ref().map(|table| escape_terminal(&table.display()));
            // The word before the name keeps a name from being the first thing in a line.
            let head = name.map_or_else(|| "All tables".into(), |name| format!("Table {name}"));
            let _ = write!(out, "\n{head}\n");
        }
        let class = change.class.as_str();
        let _ = writeln!(out, "  {class:<10}  {}", what(change, escape_terminal));
        let was = escape_terminal(&cut(&change.old));
        let is = escape_terminal(&cut(&change.new));
        let _ = writeln!(out, "              was {was}\n              is  {is}");
    }
    out
}

fn summary(diff: &Diff) -> &'static str {
    match diff.class {
        Class::Compatible if diff.changes.is_empty() => "nothing changes",
        Class::Compatible => "no consumer is concerned",
        Class::Forward => "consumers of today read the new events",
        Class::Backward => "consumers of today fail on new events; new ones read both",
        Class::Breaking => "consumers of today fail on new events, and new ones on old events",
    }
}

/// What changes, with names escaped in the given way.
fn what(change: &Change, escape: impl Fn(&Text) -> String) -> String {
    let kind = match change.kind {
        Kind::ColumnAdded => "column added",
        Kind::ColumnRemoved => "column removed",
        Kind::Delivery => "delivery",
        Kind::Envelope => "envelope",
        Kind::Key => "key",
        Kind::KeyChange => "change of the key",
        Kind::Presence => "what stands for",
        Kind::Row => "row",
        Kind::TableAdded => "table added",
        Kind::TableRemoved => "table removed",
        Kind::Type => "type of",
        Kind::Values => "values of",
    };
    let column = change.column.as_ref().map(|name| format!(" {}", escape(name)));
    let rows = match change.rows.as_slice() {
        [] => String::new(),
        rows => format!(" in {}", rows.join(", ")),
    };
    format!("{kind}{}{rows}", column.unwrap_or_default())
}

fn markdown(diff: &Diff) -> String {
    let mut out = format!("## Event contract: {}\n\n{}\n", diff.class.as_str(), summary(diff));
    if diff.changes.is_empty() {
        return out;
    }
    out.push_str("\n| class | table | change | was | is |\n| --- | --- | --- | --- | --- |\n");
    for change in &diff.changes {
        let table = change.table.as_ref().map(|table| code_markdown(&table.display()));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            change.class.as_str(),
            table.unwrap_or_else(|| "all".into()),
            what(change, code_markdown),
            escape_markdown(&cut(&change.old)),
            escape_markdown(&cut(&change.new)),
        );
    }
    out
}

fn cut(text: &Text) -> Text {
    match text.untrusted().char_indices().nth(SHOWN) {
        None => text.clone(),
        Some((end, _)) => Text::new(format!("{}…", &text.untrusted()[..end])),
    }
}
