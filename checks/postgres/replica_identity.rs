//! Updates and deletes can say which row they changed.

use super::selected::{sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{ReplicaIdentity, Table, Tables};
use crate::quote::postgres::ident;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/replica-identity",
    title: "updates and deletes identify their row",
    level: Level::Required,
    tags: &["tables", "identity"],
    doc: include_str!("replica_identity.md"),
    judge,
    remedy,
};

/// From this major version on, FULL does not cover generated columns that are not published.
const FULL_NEEDS_GENERATED: u32 = 18;

const WRITES_FAIL: &str =
    "Once the table is published, the application's own UPDATE and DELETE fail (SQLSTATE 55000).";

pub(super) const LOCKS: &str = "Takes an exclusive lock for an instant: SET lock_timeout = '3s' \
                                before it, and try again where it waits.";

/// A partitioned table's own identity is without effect: `postgres/identity-partitions` judges
/// those of its partitions.
fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    db.server()?;
    let all = db.tables.get()?;
    let found = all.found.iter();
    let tables = found.filter(|table| table.kind.is_table() && table.leaves.is_none());
    Ok(Verdict::each(tables.map(|table| one(table, is_appended_to_only(all, table, want)))))
}

/// Whether every publication that has the table, or is going to, has its inserts alone.
pub(super) fn is_appended_to_only(all: &Tables, table: &Table, want: &Intent) -> bool {
    let named = &want.profile.publications.named;
    let is_read = |name: &Text| all.published(table).any(|(one, _)| one.name == *name);
    let none_comes = !named.is_empty() && named.iter().all(is_read);
    none_comes && !all.published(table).any(|(publication, _)| publication.needs_identity())
}

fn one(table: &Table, appended_to_only: bool) -> Finding {
    let finding = |outcome| {
        Finding::table(table.name.display(), outcome)
            .expected("a primary key or a unique index")
            .observed(table.identity.as_str())
    };
    match table.identity {
        ReplicaIdentity::PrimaryKey | ReplicaIdentity::Index => finding(Outcome::Pass),
        ReplicaIdentity::Full => finding(Outcome::Warn).because(
            "Every update and delete logs the whole old row: complete before-images, for more WAL. \
             Without a primary key or a unique one, events have no key.",
        ),
        _ if appended_to_only => finding(Outcome::Warn).because(
            "The publication has no updates and deletes, so that they work and are not told. Once \
             one has them, they fail (SQLSTATE 55000).",
        ),
        ReplicaIdentity::None if table.primary_key_deferrable => finding(Outcome::Fail)
            .because(format!("The primary key is DEFERRABLE, which cannot serve. {WRITES_FAIL}")),
        _ => finding(Outcome::Fail).because(WRITES_FAIL),
    }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let major = db.server().map(|server| server.major()).unwrap_or_default();
    // FULL can be what the consumers want.
    if table.identity.is_usable() {
        return Remedy::none();
    }
    for_table(table, major).in_database(want.database.clone()).into()
}

fn for_table(table: &Table, major: u32) -> Step {
    let name = sql(&table.name);
    let step = |to: &str| alter(&name, to, Some(table.identity));
    if table.has_usable_primary_key() {
        return step("DEFAULT").note(LOCKS);
    }
    if let Some(index) = &table.usable_index {
        return step(&format!("USING INDEX {}", ident(index.untrusted()))).note(LOCKS);
    }
    if major >= FULL_NEEDS_GENERATED && table.has_generated_columns() {
        return Step::manual(
            Actor::Owner,
            format!(
                "Add a primary key to {}: FULL would not cover its generated columns.",
                table.name.display().untrusted()
            ),
        );
    }
    step("FULL").note(format!(
        "A primary key, or a unique index on NOT NULL columns, is better where the table can have \
         one. {LOCKS}"
    ))
}

/// Changes an identity. What was there `before` can be put back where it is known and has a name.
fn alter(name: &str, to: &str, before: Option<ReplicaIdentity>) -> Step {
    let step = Step::owner(format!("ALTER TABLE {name} REPLICA IDENTITY {to};"));
    let back = match before {
        Some(ReplicaIdentity::Full) => "FULL",
        Some(ReplicaIdentity::None) if to != "DEFAULT" => "DEFAULT",
        Some(ReplicaIdentity::Nothing) => "NOTHING",
        _ => return step,
    };
    step.undo(format!("ALTER TABLE {name} REPLICA IDENTITY {back};"))
}
