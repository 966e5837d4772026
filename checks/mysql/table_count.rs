//! The selection is of a size that a connector can bear.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/table-count",
    title: "the selection has a bearable size",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("table_count.md"),
    judge,
    remedy,
};

const WHY: &str = "each table costs memory, and its share of a long snapshot";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let count = db.tables.get()?.found.len();
    let limit = intent.thresholds.tables_warn as usize;
    let outcome = if count > limit { Outcome::Warn } else { Outcome::Pass };
    let finding =
        Finding::server(outcome).expected(format!("{limit} or fewer")).observed(count.to_string());
    Ok(if outcome == Outcome::Pass { finding } else { finding.because(WHY) }.into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Step::request("Name the tables that are needed, and divide them among several sources.").into()
}
