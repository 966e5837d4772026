//! The tables' changes are written to the write-ahead log.

use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Persistence, Table};
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-persistence",
    title: "the tables are logged",
    level: Level::Required,
    tags: &["tables", "wal"],
    doc: include_str!("table_persistence.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome).expected("logged");
        match table.persistence {
            Persistence::Permanent => finding(Outcome::Pass).observed("logged"),
            Persistence::Temporary => finding(Outcome::Fail).observed("temporary"),
            Persistence::Unlogged => finding(Outcome::Fail).observed("unlogged"),
        }
    })
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    match table.persistence {
        Persistence::Unlogged => set_logged(table).in_database(want.database.clone()).into(),
        Persistence::Permanent => Remedy::none(),
        Persistence::Temporary => Step::request(format!(
            "Take {} out of TableNames: it goes away with its session.",
            table.name.display().untrusted()
        ))
        .into(),
    }
}

fn set_logged(table: &Table) -> Step {
    let name = sql(&table.name);
    Step::owner(format!("ALTER TABLE {name} SET LOGGED;"))
        .costs(Cost::Rebuild)
        .undo(format!("ALTER TABLE {name} SET UNLOGGED;"))
        .note(
            "Rewrites the table and writes it to the log as a whole; nobody else can use it \
             meanwhile. Tables that it references have to be logged first.",
        )
}
