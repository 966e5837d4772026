//! Statements that cannot have a global transaction id are refused.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-consistency",
    title: "statements that spoil global ids are refused",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("gtid_consistency.md"),
    judge,
    remedy,
};

const WHY: &str = "a statement without an id keeps the mode from becoming ON";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    if db.optional_variable("gtid_mode")?.is_none_or(|mode| mode == "OFF") {
        return Ok(Verdict::not_applicable("transactions have no global ids"));
    }
    setting::compare(db, "enforce_gtid_consistency", "ON", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "enforce_gtid_consistency", "ON")
}
