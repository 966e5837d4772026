//! Every partition can say which row an update or a delete changed, also those to come.

use super::replica_identity::is_appended_to_only;
use super::selected::{sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Leaves, ReplicaIdentity, Table};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/identity-partitions",
    title: "partitions have an identity, also those to come",
    level: Level::Required,
    tags: &["identity", "partitions", "tables"],
    doc: include_str!("identity_partitions.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let all = db.tables.get()?;
    let partitioned = all.found.iter().filter_map(|table| {
        let finding = partitioned(table, table.leaves.as_ref()?);
        let lowers = finding.outcome == Outcome::Fail && is_appended_to_only(all, table, want);
        Some(if lowers { Finding { outcome: Outcome::Warn, ..finding } } else { finding })
    });
    let findings: Vec<Finding> = partitioned.collect();
    if findings.is_empty() {
        return Ok(Verdict::not_applicable("No partitioned table is selected."));
    }
    Ok(Verdict::each(findings))
}

/// Only the partitions' identities count; the root's is not handed down.
fn partitioned(table: &Table, leaves: &Leaves) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if leaves.without_identity > 0 {
        let observed = format!("{} of {} have none", leaves.without_identity, leaves.count);
        return finding(Outcome::Fail)
            .expected("an identity on every partition")
            .observed(observed)
            .because(format!(
                "{}Once the table is published, the application's own UPDATE and DELETE on them \
                 fail (SQLSTATE 55000).",
                named(leaves)
            ));
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
    let chosen = leaves.full_identity + leaves.index_identity;
    if chosen > 0 {
        return finding(Outcome::Warn)
            .expected("the primary key on every partition")
            .observed(format!("{} of {} chose another", chosen, leaves.count))
            .because(
                "Their events differ from those of the other partitions, and of every new one, \
                 which starts with the primary key.",
            );
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
    let steps = match &table.leaves {
        Some(leaves) if leaves.without_identity > 0 => for_partitions(table, leaves),
        Some(_) if !table.has_usable_primary_key() => vec![Step::manual(
            Actor::Owner,
            "Add a primary key that contains the partition key, or have whatever makes partitions \
             set their identity.",
        )],
        // Another identity can be what the consumers want.
        _ => Vec::new(),
    };
    let in_database = |step: Step| step.in_database(want.database.clone());
    Remedy { steps: steps.into_iter().map(in_database).collect() }
}

fn for_partitions(table: &Table, leaves: &Leaves) -> Vec<Step> {
    let to = if table.has_usable_primary_key() { "DEFAULT" } else { "FULL" };
    let names = &leaves.without_identity_names;
    let alter = |name| {
        Step::owner(format!("ALTER TABLE {name} REPLICA IDENTITY {to};"))
            .note(super::replica_identity::LOCKS)
    };
    let mut steps: Vec<Step> = names.iter().map(|name| alter(sql(name))).collect();
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
