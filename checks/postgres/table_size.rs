//! The snapshot reads no table of unusual size.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-size",
    title: "the tables are of usual size",
    level: Level::Informational,
    tags: &["snapshot", "tables"],
    doc: include_str!("table_size.md"),
    judge,
    remedy,
};

/// The usual size of a page. A server can be built with another, which only shifts an estimate.
const PAGE: i64 = 8192;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| one(table, want))
}

fn one(table: &Table, want: &Intent) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let Some(size) = Size::of(table) else {
        return finding(Outcome::Pass).observed("never analysed");
    };
    let finding = |outcome| finding(outcome).observed(size.words());
    if size.value_bytes() > want.thresholds.row_bytes_warn {
        return finding(Outcome::Warn).because(
            "Its rows are so large that single values near 1 GB are likely: decoding such a row \
             needs several times its size in memory, and above 1 GB fails.",
        );
    }
    if want.reads_rows() && size.rows > want.thresholds.table_rows_warn {
        return finding(Outcome::Warn).because(
            "The snapshot takes hours, during which the slot holds back WAL and the snapshot's \
             transaction holds back VACUUM.",
        );
    }
    finding(Outcome::Pass)
}

/// What the last VACUUM or ANALYZE found.
struct Size {
    rows: u64,
    bytes: i64,
    large_bytes: i64,
}

impl Size {
    fn of(table: &Table) -> Option<Self> {
        let (rows, pages, large) = match &table.leaves {
            Some(leaves) => (leaves.estimated_rows, leaves.pages, leaves.toast_pages),
            None => (table.estimated_rows, table.pages?, table.toast_pages.unwrap_or_default()),
        };
        // Before PostgreSQL 14 a table that was never analysed has no rows and no pages.
        if rows < 0.0 || (rows == 0.0 && pages == 0) {
            return None;
        }
        Some(Self {
            rows: rows as u64,
            bytes: (pages + large).saturating_mul(PAGE),
            large_bytes: large.saturating_mul(PAGE),
        })
    }

    /// Bytes stored out of line for a row, on average.
    fn value_bytes(&self) -> u64 {
        u64::try_from(self.large_bytes).unwrap_or_default() / self.rows.max(1)
    }

    fn words(&self) -> String {
        format!("about {} rows, {} MiB", self.rows, self.bytes >> 20)
    }
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Step::manual(
        Actor::Requester,
        format!(
            "Plan the first snapshot of {} for quiet hours, with room for the WAL of that time, \
             or configure it apart.",
            table.name.display().untrusted()
        ),
    )
    .into()
}
