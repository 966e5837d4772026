//! The tables have primary keys.

use super::published::listed;
use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::quote::postgres::ident;
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-primary-key",
    title: "the tables have primary keys",
    level: Level::Recommended,
    tags: &["identity", "tables"],
    doc: include_str!("table_primary_key.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if !table.primary_key.is_empty() {
            return finding(Outcome::Pass).observed(listed(&table.primary_key));
        }
        finding(Outcome::Warn).expected("a primary key").because(
            "Consumers cannot tell rows apart: an event has no key, or one that is guessed from a \
             unique index, and equal rows are changed together.",
        )
    })
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    match candidate(table) {
        Some(columns) => add(table, columns, want),
        None => Step::manual(
            Actor::Owner,
            format!("Add a primary key to {}.", table.name.display().untrusted()),
        ),
    }
    .into()
}

/// Columns that are unique and never null already.
fn candidate(table: &Table) -> Option<&[Text]> {
    let keys = table.unique_keys.as_deref()?;
    keys.iter().min_by_key(|columns| columns.len()).map(Vec::as_slice)
}

fn add(table: &Table, columns: &[Text], want: &Intent) -> Step {
    let name = sql(&table.name);
    let columns: Vec<String> = columns.iter().map(|column| ident(column.untrusted())).collect();
    Step::owner(format!("ALTER TABLE {name} ADD PRIMARY KEY ({});", columns.join(", ")))
        .in_database(want.database.clone())
        .costs(Cost::Rebuild)
        .note("Builds an index, during which the table cannot be written.")
}
