//! The contract for a pull request: two tables a table, what operations give and what columns hold.

use std::fmt::Write as _;

use super::contract::{ColumnContract, Contract, Evidence, Key, TableContract};
use super::glance::{Glance, LEGEND, SIDES};
use super::image::Image;
use super::operation::{Delivery, OperationContract};
use super::size_words;
use super::snapshot::{SnapshotPlan, Statement};
use crate::events::DatabaseKind;
use crate::report::{code_markdown, escape_markdown};

/// The whole contract.
pub(super) fn markdown(contract: &Contract) -> String {
    let mut out = String::new();
    let engine = match contract.engine {
        DatabaseKind::MySql => "MySQL",
        DatabaseKind::Postgres => "PostgreSQL",
    };
    line(&mut out, &format!("## Expected events of {}", code_markdown(&contract.database)));
    line(&mut out, "");
    let (envelope, evidence) = (contract.envelope.as_str(), contract.envelope.evidence());
    line(&mut out, &format!("{engine}, envelope `{envelope}` \\[{}\\].", evidence.as_str()));
    line(&mut out, "");
    for assumption in &contract.assumptions {
        line(&mut out, &format!("> Assumed: {}", escape_markdown(&assumption.as_ref().into())));
    }
    snapshot(&mut out, &contract.snapshot);
    for table in &contract.tables {
        self::table(&mut out, contract, table);
    }
    if !contract.absent.is_empty() {
        line(&mut out, "\n### No events: not there\n");
        for name in &contract.absent {
            line(&mut out, &format!("* {}", code_markdown(&name.display())));
        }
    }
    if !contract.tables.is_empty() {
        line(&mut out, &format!("\n{LEGEND}"));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn snapshot(out: &mut String, plan: &SnapshotPlan) {
    line(out, &format!("\n### Snapshot: `{}`\n", plan.mode_word()));
    let mut item = |statement: &Statement| {
        let evidence = statement.evidence.as_str();
        line(out, &format!("* {} \\[{evidence}\\]", escape_markdown(&statement.text)));
    };
    plan.statements.iter().for_each(&mut item);
    plan.volume().iter().for_each(&mut item);
    for table in &plan.tables {
        for statement in &table.differences {
            let text =
                format!("{}, {}", table.table.display().untrusted(), statement.text.untrusted());
            item(&Statement { text: text.into(), evidence: statement.evidence });
        }
    }
}

fn table(out: &mut String, contract: &Contract, table: &TableContract) {
    line(out, &format!("\n### {}\n", code_markdown(&table.name.display())));
    line(out, &format!("* key: {}", key(&table.key)));
    line(out, &format!("* old row by: {}", escape_markdown(&table.old_row)));
    line(out, &format!("* size: {}", escape_markdown(&size_words(&table.size).into())));
    if let Some(change) = &table.key_change {
        let columns: Vec<String> = change.columns.iter().map(code_markdown).collect();
        let (delivery, evidence) = (change.delivery.as_str(), change.evidence.as_str());
        line(out, &format!("* a change of {}: {delivery} \\[{evidence}\\]", columns.join(", ")));
    }
    for note in &table.notes {
        let (text, evidence) = (escape_markdown(&note.text), note.evidence.as_str());
        line(out, &format!("* {text} \\[{evidence}\\]"));
    }
    line(
        out,
        "\n| operation | delivery | before | after | known |\n| --- | --- | --- | --- | --- |",
    );
    for operation in &table.operations {
        operation_row(out, contract, operation);
    }
    columns(out, table);
}

fn operation_row(out: &mut String, contract: &Contract, operation: &OperationContract) {
    let image = |image: &Option<Image>| match image {
        None => "–",
        Some(Image::Null) => "null",
        Some(Image::Row { .. }) => "row",
        Some(Image::RowOrNull { .. }) => "row or null",
        Some(Image::Unknown) => "not known",
    };
    let notes: Vec<String> = operation.notes.iter().map(escape_markdown).collect();
    let relayed = contract.envelope.relays(operation.op);
    let delivery = match operation.delivery {
        Delivery::Delivered if !relayed => "not relayed",
        delivery => delivery.as_str(),
    };
    let told = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
    line(
        out,
        &format!(
            "| {} `{}` | {delivery}{told} | {} | {} | {} |",
            operation.op.as_str(),
            operation.op.letter(),
            image(&operation.before),
            image(&operation.after),
            operation.evidence.as_str(),
        ),
    );
}

fn key(key: &Key) -> String {
    match key {
        Key::Columns { columns, evidence } => {
            let names: Vec<String> = columns.iter().map(code_markdown).collect();
            format!("{} \\[{}\\]", names.join(", "), evidence.as_str())
        }
        Key::None => "none".into(),
        Key::Unknown => "not known".into(),
    }
}

fn columns(out: &mut String, table: &TableContract) {
    let glance = Glance::of(table);
    let mut head = "\n| column | type | JSON |".to_owned();
    let mut rule = "| --- | --- | --- |".to_owned();
    for side in glance.sides() {
        let _ = write!(head, " {} |", SIDES[side].title);
        rule.push_str(" --- |");
    }
    line(out, &format!("{head} notes |\n{rule} --- |"));
    for (place, column) in table.columns.iter().enumerate() {
        let mut row = format!(
            "| {} | {}{} | {} |",
            code_markdown(&column.name),
            code_markdown(&column.database_type),
            if column.nullable { ", nullable" } else { "" },
            form(column),
        );
        for side in glance.sides() {
            let _ = write!(row, " {} |", glance.word(side, place));
        }
        let notes: Vec<String> = column.notes.iter().map(escape_markdown).collect();
        line(out, &format!("{row} {} |", notes.join("; ")));
    }
}

fn form(column: &ColumnContract) -> String {
    let encoding = column
        .encoding
        .as_ref()
        .map(|encoding| format!(" ({})", escape_markdown(&encoding.as_ref().into())));
    let doubt = match column.evidence {
        Evidence::Measured => String::new(),
        other => format!(" \\[{}\\]", other.as_str()),
    };
    let json_type = escape_markdown(&column.json_type.as_ref().into());
    format!("{json_type}{}{doubt}", encoding.unwrap_or_default())
}
