//! The account may read the tables, where existing rows are read.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{SelectScope, Table};
use crate::privileges::postgres::{Need, missing_grants};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-select",
    title: "the account may read the tables",
    level: Level::Required,
    tags: &["privileges", "snapshot", "tables"],
    doc: include_str!("table_select.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| {
            Finding::table(table.name.display(), outcome)
                .expected("USAGE on the schema and SELECT on the table")
                .observed(found(table))
        };
        let closed = table.leaves.as_ref().map_or(0, |leaves| leaves.without_select);
        match table.select {
            SelectScope::Table if table.schema_usage && closed > 0 && want.reads_rows() => {
                finding(Outcome::Pass).because(format!(
                    "{closed} partitions are closed to the account. Reading through {} needs no \
                     more; a connector that reads partition by partition is refused.",
                    table.name.display().untrusted()
                ))
            }
            SelectScope::Table if table.schema_usage => finding(Outcome::Pass),
            _ if !want.reads_rows() => finding(Outcome::Warn).because(
                "No rows are read with SnapshotMode never, and streaming needs no SELECT; but a \
                 connector that looks the table up, or a later snapshot, needs it.",
            ),
            SelectScope::Columns if table.schema_usage => finding(Outcome::Warn).because(
                "Each column is granted by itself: columns added later are not, and snapshots that \
                 read ctid or xmin are refused.",
            ),
            _ => finding(Outcome::Fail),
        }
    })
}

fn found(table: &Table) -> String {
    let usage = if table.schema_usage { "USAGE" } else { "no USAGE" };
    let select = match table.select {
        SelectScope::Columns => "SELECT on all columns",
        SelectScope::None => "no SELECT",
        SelectScope::Partial => "SELECT on some columns",
        SelectScope::Table => "SELECT",
    };
    format!("{usage}, {select}")
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Remedy { steps: missing_grants(db, want, &[Need::Select(table)]) }
}
