//! Every column of an event can be seen in its table.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::{Column, Line, Table};
use crate::quote::mysql as quote;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/invisible-columns",
    title: "the tables hide no column",
    level: Level::Informational,
    tags: &["tables"],
    doc: include_str!("invisible_columns.md"),
    judge,
    remedy,
};

const WHY: &str = "SELECT * leaves it out, and events have it";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let hidden: Vec<&str> =
        table.columns.iter().filter(|c| is_hidden(c)).map(|c| c.name.untrusted()).collect();
    if hidden.is_empty() {
        return Finding::table(table.name.display(), Outcome::Pass);
    }
    let finding = Finding::table(table.name.display(), Outcome::Warn).expected("none");
    finding.observed(hidden.join(", ")).because(WHY)
}

/// The generated key `my_row_id` is reported with the keys.
fn is_hidden(column: &Column) -> bool {
    column.extra.untrusted().contains("INVISIBLE") && column.name.untrusted() != "my_row_id"
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let is_maria = db.identity.known().is_some_and(|own| own.line() == Line::MariaDb);
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    if is_maria {
        let instruction =
            format!("Make the columns of {name} visible by MODIFY COLUMN, or expect them.");
        return Step::manual(Actor::Owner, instruction).into();
    }
    let change = |column: &Column, word: &str| {
        format!(
            "ALTER TABLE {name} ALTER COLUMN {} SET {word};",
            quote::ident(column.name.untrusted())
        )
    };
    let hidden = table.columns.iter().filter(|column| is_hidden(column));
    let steps = hidden.map(|column| {
        Step::owner(change(column, "VISIBLE"))
            .undo(change(column, "INVISIBLE"))
            .note("Statements with SELECT * then return it as well.")
    });
    Remedy { steps: steps.collect() }
}
