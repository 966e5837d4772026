//! What to mind of tables that become partitions later.

use crate::facts::Postgres;
use crate::{Check, Finding, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-attach",
    title: "attached partitions bring no rows unseen",
    level: Level::Informational,
    tags: &["partitions", "tables"],
    doc: include_str!("table_attach.md"),
    judge: |db, _| judge(db),
    remedy: |_, _, _| Remedy::none(),
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    let found = &db.tables.get()?.found;
    let partitioned: Vec<Finding> = found
        .iter()
        .filter(|table| table.leaves.is_some())
        .map(|table| {
            Finding::table(table.name.display(), Outcome::Pass).because(
                "Rows that are in a table already when it is attached are never sent. Attach it \
                 empty and insert then, or take a snapshot of it.",
            )
        })
        .collect();
    if partitioned.is_empty() {
        return Ok(Verdict::not_applicable("No partitioned table is selected."));
    }
    Ok(Verdict::each(partitioned))
}
