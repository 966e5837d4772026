//! One source reads no more tables than it can.

use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-count",
    title: "one source reads a usual number of tables",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("table_count.md"),
    judge,
    remedy: |_, _, _| {
        Step::request("Name the tables that are needed, or spread them over several sources.")
            .into()
    },
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    let count = tables.total.unwrap_or(tables.found.len() as u64);
    let limit = u64::from(want.thresholds.tables_warn);
    let finding = |outcome| Finding::server(outcome).observed(format!("{count} tables"));
    if count <= limit {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Warn)
        .expected(format!("at most {limit}"))
        .because(
            "Each table costs memory in the connector and in the server's decoding, and a snapshot \
             one after the other. The service's own limit is not published.",
        )
        .into())
}
