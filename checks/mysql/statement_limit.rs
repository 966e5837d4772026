//! No statement of the snapshot is cut off by a limit on its time.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/statement-limit",
    title: "statements may run as long as they need",
    level: Level::Recommended,
    tags: &["connection"],
    doc: include_str!("statement_limit.md"),
    judge,
    remedy,
};

/// The limit of MySQL and that of MariaDB, each with its unit.
const LIMITS: [(&str, &str); 2] = [("max_execution_time", "ms"), ("max_statement_time", "s")];
const WHY: &str = "a longer statement of the snapshot is cut off, and the snapshot begins again";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.reads_rows() {
        return Ok(Verdict::not_applicable("rows that exist already are not read"));
    }
    for (name, unit) in LIMITS {
        let Some(limit) = setting::number(db, name)? else { continue };
        let finding = |outcome| {
            setting::finding(name, &format!("{limit} {unit}"), outcome).expected("0, no limit")
        };
        return Ok(match limit {
            0 => finding(Outcome::Pass),
            _ => finding(Outcome::Warn).because(WHY).strictly(),
        }
        .into());
    }
    Ok(Verdict::not_applicable("this server has no such limit"))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, setting::name_in(finding), "0")
}
