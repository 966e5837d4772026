//! The server deletes old files of its binary log by itself.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/auto-purge",
    title: "old files of the log are deleted",
    level: Level::Recommended,
    tags: &["binlog", "retention"],
    doc: include_str!("auto_purge.md"),
    judge,
    remedy,
};

const FULL: &str = "the disk fills, and then the server takes no changes or logs none";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    if db.platform().is_managed() {
        return Ok(Verdict::not_applicable("the platform deletes old files by rules of its own"));
    }
    if db.optional_variable("binlog_expire_logs_auto_purge")? == Some("OFF") {
        let finding = setting::finding("binlog_expire_logs_auto_purge", "OFF", Outcome::Warn);
        return Ok(finding.expected("ON").because(FULL).into());
    }
    for name in ["binlog_expire_logs_seconds", "expire_logs_days"] {
        if setting::number(db, name)?.is_some_and(|kept| kept > 0) {
            return Ok(Finding::server(Outcome::Pass).into());
        }
    }
    let name = name(db)?;
    Ok(setting::finding(name, "0", Outcome::Warn).expected("more than 0").because(FULL).into())
}

fn name(db: &MySql) -> Result<&'static str, Missing> {
    let has_seconds = db.optional_variable("binlog_expire_logs_seconds")?.is_some();
    Ok(if has_seconds { "binlog_expire_logs_seconds" } else { "expire_logs_days" })
}

fn remedy(finding: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let hours = intent.thresholds.binlog_retention_warn_hours;
    let value = match setting::name_in(finding) {
        "binlog_expire_logs_auto_purge" => "ON".to_owned(),
        "expire_logs_days" => hours.div_ceil(24).to_string(),
        _ => (u64::from(hours) * 3600).to_string(),
    };
    let mut remedy = setting::change(db, setting::name_in(finding), &value);
    if let Some(first) = remedy.steps.first_mut() {
        first.note = Some(
            "Old files are deleted at the next change of files: no reader may need them.".into(),
        );
    }
    remedy
}
