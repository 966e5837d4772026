//! The binary log records rows.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/binlog-format",
    title: "the binary log records rows",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("binlog_format.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(value) = db.optional_variable("binlog_format")? else {
        let message = "this version has no other format than rows";
        return Ok(Finding::server(Outcome::Pass).because(message).into());
    };
    let outcome = if value == "ROW" { Outcome::Pass } else { Outcome::Fail };
    Ok(Finding::server(outcome).expected("ROW").observed(value).into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "binlog_format", "ROW")
}
