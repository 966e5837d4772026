//! Large values come with every update.

use super::published::listed;
use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{ReplicaIdentity, Table};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-toast",
    title: "updates carry every large value",
    level: Level::Recommended,
    tags: &["events", "tables"],
    doc: include_str!("table_toast.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let columns = outside_identity(table);
        if columns.is_empty() || table.identity == ReplicaIdentity::Full {
            return finding(Outcome::Pass);
        }
        if pages(table) > 0 {
            return finding(Outcome::Warn)
                .observed(format!("{} pages of large values", pages(table)))
                .because(format!(
                    "An update that leaves such a value of {} unchanged does not send it: events \
                     hold a stand-in in its place.",
                    listed(columns)
                ));
        }
        finding(Outcome::Pass)
            .observed(format!("none stored so far in {}", listed(columns)))
            .because("A value above about 2 kB that an update leaves unchanged is not sent again.")
    })
}

fn outside_identity(table: &Table) -> Vec<&Text> {
    let large = table.columns.iter().filter(|column| column.toastable);
    large.map(|column| &column.name).filter(|name| !table.identity_columns.contains(name)).collect()
}

/// Pages of values stored out of line, of the partitions where they hold the rows.
fn pages(table: &Table) -> i64 {
    match &table.leaves {
        Some(leaves) => leaves.toast_pages,
        None => table.toast_pages.unwrap_or_default(),
    }
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = sql(&table.name);
    Step::manual(
        Actor::Owner,
        format!(
            "Have consumers keep the value that they had. Or run ALTER TABLE {name} REPLICA \
             IDENTITY FULL, which logs the old row as a whole, where the WAL can bear it."
        ),
    )
    .into()
}
