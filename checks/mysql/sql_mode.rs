//! Statements that change tables mean the same to everybody.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/sql-mode",
    title: "statements are spelled in the common way",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("sql_mode.md"),
    judge,
    remedy,
};

const UNUSUAL: [&str; 5] =
    ["ANSI", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE", "PAD_CHAR_TO_FULL_LENGTH"];
const WHY: &str =
    "readers parse statements in the log under other assumptions, and stop or are misled";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let unusual: Vec<&str> =
        db.variable("sql_mode")?.split(',').filter(|mode| UNUSUAL.contains(mode)).collect();
    if unusual.is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    Ok(Finding::server(Outcome::Warn).observed(unusual.join(", ")).because(WHY).into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Ok(modes) = db.variable("sql_mode") else { return Remedy::none() };
    let kept: Vec<&str> = modes.split(',').filter(|mode| !UNUSUAL.contains(mode)).collect();
    setting::change_for_sessions(db, "sql_mode", &kept.join(","))
}
