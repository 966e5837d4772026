//! MariaDB gives every event its position in the binary log.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/legacy-event-pos",
    title: "events carry their positions",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("legacy_event_pos.md"),
    judge,
    remedy,
};

const WHY: &str =
    "events inside a transaction carry the position 0, so that a reader cannot tell where it is";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "binlog_legacy_event_pos", "ON", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "binlog_legacy_event_pos", "ON")
}
