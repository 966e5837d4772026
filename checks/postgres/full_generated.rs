//! No identity contains generated columns that are not published.

use super::published::{TAKES_GENERATED, has_generated, is_created, listed};
use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Column, Generated, ReplicaIdentity, Table, Tables};
use crate::quote::postgres::ident;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/full-generated",
    title: "no identity has generated columns that are not published",
    level: Level::Required,
    tags: &["generated-columns", "identity", "tables"],
    doc: include_str!("full_generated.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let is_refused = db.server()?.major() >= TAKES_GENERATED;
    let tables = db.tables.get()?;
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let columns = in_identity(table);
        if columns.is_empty() {
            return finding(Outcome::Pass);
        }
        let observed = listed(columns.iter().map(|column| &column.name));
        if !is_refused {
            return finding(Outcome::Warn).observed(observed).because(unpublished(table));
        }
        let at_fault = columns.iter().any(|column| is_unpublished(tables, table, column, want));
        if !at_fault {
            return finding(Outcome::Pass).observed(observed);
        }
        finding(Outcome::Fail)
            .expected("generated columns that are stored and published, or none")
            .observed(observed)
            .because(
                "Once the table is published without them, the application's own UPDATE and \
                 DELETE fail (SQLSTATE 42P10).",
            )
    })
}

/// The generated columns that an update or a delete would be identified by.
fn in_identity(table: &Table) -> Vec<&Column> {
    let is_in = |column: &&Column| {
        table.identity == ReplicaIdentity::Full || table.identity_columns.contains(&column.name)
    };
    let generated = table.columns.iter().filter(|column| column.generated != Generated::Never);
    generated.filter(is_in).collect()
}

/// What happens before the server refuses such writes.
fn unpublished(table: &Table) -> &'static str {
    match table.identity {
        ReplicaIdentity::Full => "The old row lacks them in every event.",
        _ => "They are not published, so that the key of updates and deletes is null.",
    }
}

/// Whether a publication lacks the column that has, or is going to have, updates or deletes.
fn is_unpublished(tables: &Tables, table: &Table, column: &Column, want: &Intent) -> bool {
    let mut places = tables.published(table).peekable();
    if column.generated == Generated::Virtual || places.peek().is_none() {
        return true;
    }
    let plan = &want.profile.publications;
    let all = tables.publications.as_deref().unwrap_or_default();
    let is_there = |name: &Text| all.iter().any(|one| one.name == *name);
    // One that is created for the connector takes no generated columns.
    let another_comes =
        plan.named.is_empty() || is_created(want) && !plan.named.iter().all(is_there);
    another_comes
        || places.any(|(publication, place)| {
            publication.needs_identity() && !has_generated(publication, place, column)
        })
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = sql(&table.name);
    let step = |to: &str| {
        Step::owner(format!("ALTER TABLE {name} REPLICA IDENTITY {to};"))
            .in_database(want.database.clone())
            .note(super::replica_identity::LOCKS)
    };
    let is_plain = |column: &Text| {
        table.column(column).is_some_and(|column| column.generated == Generated::Never)
    };
    match &table.usable_index {
        _ if table.leaves.is_some() => by_hand(table),
        _ if table.has_usable_primary_key() && table.primary_key.iter().all(is_plain) => {
            step("DEFAULT").undo(format!("ALTER TABLE {name} REPLICA IDENTITY FULL;"))
        }
        Some(index) => step(&format!("USING INDEX {}", ident(index.untrusted()))),
        None => by_hand(table),
    }
    .into()
}

fn by_hand(table: &Table) -> Step {
    let name = table.name.display();
    let name = name.untrusted();
    Step::manual(
        Actor::Owner,
        format!("Add a primary key on ordinary columns to {name} and make it the identity."),
    )
}
