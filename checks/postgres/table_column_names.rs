//! No two columns of a table have names that differ only by case.

use std::collections::BTreeMap;

use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

use super::published::listed;
use super::selected::{judge_each, sql, table};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-column-names",
    title: "columns differ by more than case",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("table_column_names.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let alike = alike(table);
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if alike.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Fail).observed(listed(alike.into_iter().flatten())).because(
            "Connectors keep columns without regard to case: Debezium's stops for all tables when \
             it meets such a table.",
        )
    })
}

/// The columns that share a name but for case, name by name.
fn alike(table: &Table) -> Vec<Vec<&Text>> {
    let mut by_name: BTreeMap<String, Vec<&Text>> = BTreeMap::new();
    for column in &table.columns {
        by_name.entry(column.name.untrusted().to_lowercase()).or_default().push(&column.name);
    }
    by_name.into_values().filter(|columns| columns.len() > 1).collect()
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = sql(&table.name);
    let rename = |column: &Text| {
        let (before, after) = (ident(column.untrusted()), ident(&another_name(table, column)));
        Step::owner(format!("ALTER TABLE {name} RENAME COLUMN {before} TO {after};"))
            .in_database(want.database.clone())
            .undo(format!("ALTER TABLE {name} RENAME COLUMN {after} TO {before};"))
            .note("Statements of the application have to follow. Or leave the table out.")
    };
    // The column that was there first keeps its name.
    let steps = alike(table).into_iter().flat_map(|columns| columns.into_iter().skip(1));
    Remedy { steps: steps.map(rename).collect() }
}

/// A name that no column has, in whatever case.
fn another_name(table: &Table, column: &Text) -> String {
    let is_free = |name: &String| {
        !table.columns.iter().any(|other| other.name.untrusted().eq_ignore_ascii_case(name))
    };
    let base = column.untrusted().to_lowercase();
    let mut names = (2..).map(|number: u32| format!("{base}_{number}"));
    names.find(is_free).unwrap_or(base)
}
