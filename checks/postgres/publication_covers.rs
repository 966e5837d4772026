//! The publications that the connector reads have every selected table.

use super::published::{none_is_known, read, read_of};
use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Publication, Table};
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-covers",
    title: "the publication has the tables",
    level: Level::Required,
    tags: &["publication", "tables"],
    doc: include_str!("publication_covers.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let read = read(db, want)?;
    if read.is_empty() {
        return Ok(none_is_known());
    }
    let tables = db.tables.get()?;
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if read_of(tables, table, want).next().is_some() {
            return finding(Outcome::Pass);
        }
        let silent = "No event of it ever comes, and nothing reports an error.";
        match partitions(table, &read) {
            None => finding(Outcome::Fail).observed("not in it").because(silent),
            Some((some, all)) if some == all => finding(Outcome::Pass).observed("its partitions"),
            Some((some, all)) => finding(Outcome::Fail)
                .observed(format!("{some} of {all} partitions"))
                .because("No event of the others, or of partitions to come, ever comes."),
        }
    })
}

/// How many partitions are published by themselves, of how many.
fn partitions(table: &Table, read: &[&Publication]) -> Option<(u32, u32)> {
    let leaves = table.leaves.as_ref()?;
    let some = read.iter().filter_map(|one| leaves.published.get(one.name.untrusted())).max()?;
    Some((*some, leaves.count))
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let read = read(db, want).unwrap_or_default();
    let Some(publication) = read.first() else { return Remedy::none() };
    let (publication, table) = (ident(publication.name.untrusted()), sql(&table.name));
    Step::owner(format!("ALTER PUBLICATION {publication} ADD TABLE {table};"))
        .in_database(want.database.clone())
        .undo(format!("ALTER PUBLICATION {publication} DROP TABLE {table};"))
        .note("As owner of the publication and of the table.")
        .into()
}
