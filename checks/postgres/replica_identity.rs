//! Updates and deletes can say which row they changed.

use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Leaves, ReplicaIdentity, Table};
use crate::quote::postgres::ident;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

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

const LOCKS: &str = "Takes an exclusive lock for an instant: SET lock_timeout = '3s' before it, \
                     and try again where it waits.";

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let major = db.server()?.major();
    judge_each(db, |table| match &table.leaves {
        Some(leaves) => partitioned(table, leaves),
        None => plain(table, major),
    })
}

fn plain(table: &Table, major: u32) -> Finding {
    let finding = |outcome| {
        Finding::table(table.name.display(), outcome)
            .expected("a primary key or a unique index")
            .observed(table.identity.as_str())
    };
    match table.identity {
        ReplicaIdentity::PrimaryKey | ReplicaIdentity::Index => finding(Outcome::Pass),
        ReplicaIdentity::Full if is_full_broken(table, major) => {
            finding(Outcome::Fail).because(
                "FULL does not cover generated columns: once the table is published without them, \
                 the application's own UPDATE and DELETE fail (SQLSTATE 42P10).",
            )
        }
        ReplicaIdentity::Full => finding(Outcome::Warn).because(
            "Every update and delete logs the whole old row: complete before-images, for more WAL \
             and no key in the events.",
        ),
        ReplicaIdentity::None if table.primary_key_deferrable => finding(Outcome::Fail)
            .because(format!("The primary key is DEFERRABLE, which cannot serve. {WRITES_FAIL}")),
        _ => finding(Outcome::Fail).because(WRITES_FAIL),
    }
}

fn is_full_broken(table: &Table, major: u32) -> bool {
    major >= FULL_NEEDS_GENERATED && table.has_generated_columns()
}

/// Of a partitioned table only the partitions' identities count; the root's is not handed down.
fn partitioned(table: &Table, leaves: &Leaves) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if leaves.without_identity > 0 {
        let observed = format!("{} of {} have none", leaves.without_identity, leaves.count);
        return finding(Outcome::Fail)
            .expected("an identity on every partition")
            .observed(observed)
            .because(format!("{}{WRITES_FAIL}", named(leaves)));
    }
    if !table.has_usable_primary_key() {
        return finding(Outcome::Warn)
            .expected("a primary key")
            .observed(table.identity.as_str())
            .because(
                "The partitions there are have identities of their own, but a new one starts \
                 without: it inherits a primary key, and nothing else.",
            );
    }
    if leaves.full_identity > 0 {
        return finding(Outcome::Warn)
            .observed(format!("FULL on {} of {}", leaves.full_identity, leaves.count))
            .because("Those partitions log the whole old row; their events differ from the rest.");
    }
    finding(Outcome::Pass).observed(ReplicaIdentity::PrimaryKey.as_str())
}

fn named(leaves: &Leaves) -> String {
    let names = leaves.without_identity_names.iter().map(|name| name.display());
    let names: Vec<String> = names.map(|name| name.untrusted().to_owned()).collect();
    if names.is_empty() { String::new() } else { format!("Among them {}. ", names.join(", ")) }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let major = db.server().map(|server| server.major()).unwrap_or_default();
    let steps = match (&table.leaves, finding.outcome) {
        (Some(leaves), Outcome::Fail) => for_partitions(table, leaves),
        (None, Outcome::Fail) => vec![for_table(table, major)],
        (Some(_), _) if !table.has_usable_primary_key() => vec![Step::manual(
            Actor::Owner,
            "Add a primary key that contains the partition key, or have whatever makes partitions \
             set their identity.",
        )],
        // FULL can be what the consumers want.
        _ => Vec::new(),
    };
    let in_database = |step: Step| step.in_database(want.database.clone());
    Remedy { steps: steps.into_iter().map(in_database).collect() }
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

fn for_partitions(table: &Table, leaves: &Leaves) -> Vec<Step> {
    let to = if table.has_usable_primary_key() { "DEFAULT" } else { "FULL" };
    let names = &leaves.without_identity_names;
    let mut steps: Vec<Step> = names
        .iter()
        .map(|name| alter(&sql(name), to, None).note(LOCKS))
        .collect();
    let all = usize::try_from(leaves.without_identity).unwrap_or(usize::MAX);
    let rest = all.saturating_sub(names.len());
    if rest > 0 || names.is_empty() {
        steps.push(Step::manual(
            Actor::Owner,
            format!("Do the same for the other partitions without an identity: {rest} of them."),
        ));
    }
    steps
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
