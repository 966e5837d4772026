//! MariaDB writes no row in several pieces.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/row-fragments",
    title: "rows are written whole",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("row_fragments.md"),
    judge,
    remedy,
};

const WHY: &str = "rows above this size come as pieces, an event that readers do not know";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "binlog_row_event_fragment_threshold", "0", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "binlog_row_event_fragment_threshold", "0")
}
