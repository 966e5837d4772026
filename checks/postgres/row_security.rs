//! Row security hides no rows from the snapshot.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::privileges::postgres::{Need, missing_grants};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/row-security",
    title: "row security hides no rows",
    level: Level::Required,
    tags: &["privileges", "snapshot", "tables"],
    doc: include_str!("row_security.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if !table.row_security {
            return match filtered_partitions(table) {
                0 => finding(Outcome::Pass),
                _ if !want.reads_rows() => finding(Outcome::Pass),
                count => finding(Outcome::Warn)
                    .observed(format!("policies of {count} partitions"))
                    .because(
                        "Reading through the root passes them over; a connector that reads \
                         partition by partition sees only what they show.",
                    ),
            };
        }
        let finding = |outcome| finding(outcome).observed("policies filter what is read");
        if want.reads_rows() {
            finding(Outcome::Fail).expected("no filter").because(
                "The snapshot silently holds only what the policies show to this account, perhaps \
                 nothing; the stream after it holds everything.",
            )
        } else {
            finding(Outcome::Pass)
                .because("No rows are read with SnapshotMode never, and decoding ignores policies.")
        }
    })
}

/// Partitions that are filtered when they are read by themselves.
fn filtered_partitions(table: &Table) -> u32 {
    table.leaves.as_ref().map_or(0, |leaves| leaves.row_security)
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Remedy { steps: missing_grants(db, want, &[Need::EveryRow(table)]) }
}
