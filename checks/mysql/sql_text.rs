//! The log has the text of statements, where that is asked for.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/sql-text",
    title: "the text of statements is there if it is wanted",
    level: Level::Informational,
    tags: &["binlog"],
    doc: include_str!("sql_text.md"),
    judge,
    remedy,
};

/// MySQL's name and MariaDB's.
const NAMES: [&str; 2] = ["binlog_rows_query_log_events", "binlog_annotate_row_events"];
const WANTED: &str = "events come without the statement that caused them";
const THERE: &str = "the log also has the statements, with whatever literals are in them";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let is_wanted = intent.profile.reads_sql_text;
    for name in NAMES {
        let Some(value) = db.optional_variable(name)? else { continue };
        let finding = |outcome| setting::finding(name, value, outcome);
        return Ok(match value {
            "ON" if is_wanted => finding(Outcome::Pass),
            "ON" => finding(Outcome::Pass).because(THERE),
            _ if is_wanted => finding(Outcome::Warn).expected("ON").because(WANTED),
            _ => finding(Outcome::Pass),
        }
        .into());
    }
    Ok(Verdict::not_applicable("this server cannot log statements beside rows"))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, setting::name_in(finding), "ON")
}
