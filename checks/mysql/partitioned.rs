//! Rows do not vanish with a partition.

use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/partitioned",
    title: "rows do not vanish with a partition",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("partitioned.md"),
    judge,
    remedy,
};

const WHY: &str = "dropping, truncating or exchanging a partition moves rows without events";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if table.options.untrusted().to_ascii_lowercase().contains("partitioned") {
        return finding(Outcome::Warn).observed("partitioned").because(WHY);
    }
    finding(Outcome::Pass)
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Delete the rows before their partition is dropped, truncated or exchanged, \
                       or tell consumers when it is.";
    Step::manual(Actor::Owner, instruction).into()
}
