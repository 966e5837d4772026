//! A server that cannot write its binary log stops.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/binlog-error-action",
    title: "a log that cannot be written stops the server",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("binlog_error_action.md"),
    judge,
    remedy,
};

const WHY: &str =
    "a full disk silently ends binary logging until the next restart, and the changes go on";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "binlog_error_action", "ABORT_SERVER", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "binlog_error_action", "ABORT_SERVER")
}
