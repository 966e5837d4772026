//! Every partition's changes are written to the write-ahead log of this server.

use super::selected::table;
use crate::facts::Postgres;
use crate::facts::postgres::{Leaves, Table};
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-partition-mixed",
    title: "every partition's changes are seen",
    level: Level::Recommended,
    tags: &["partitions", "tables", "wal"],
    doc: include_str!("table_partition_mixed.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    let found = &db.tables.get()?.found;
    let partitioned = found.iter().filter_map(|table| Some(one(table, table.leaves.as_ref()?)));
    let findings: Vec<Finding> = partitioned.collect();
    if findings.is_empty() {
        return Ok(Verdict::not_applicable("No partitioned table is selected."));
    }
    Ok(Verdict::each(findings))
}

fn one(table: &Table, leaves: &Leaves) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let kinds = [(leaves.foreign, "foreign"), (leaves.unlogged, "unlogged")];
    let unseen: Vec<String> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} of {} partitions {kind}", leaves.count))
        .collect();
    if unseen.is_empty() {
        return finding(Outcome::Pass);
    }
    finding(Outcome::Warn).observed(unseen.join(", ")).because(
        "Their rows are in the snapshot, but their changes are never seen, although the server \
         lists them as published.",
    )
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let Some(leaves) = &table.leaves else { return Remedy::none() };
    let name = table.name.display();
    let name = name.untrusted();
    let mut steps = Vec::new();
    if leaves.unlogged > 0 {
        let sql = format!("Run ALTER TABLE ... SET LOGGED for each unlogged partition of {name}.");
        steps.push(Step::manual(Actor::Owner, sql).costs(Cost::Rebuild));
    }
    if leaves.foreign > 0 {
        let source = format!("Configure a source of its own for the foreign partitions of {name}.");
        steps.push(Step::request(source));
    }
    Remedy { steps }
}
