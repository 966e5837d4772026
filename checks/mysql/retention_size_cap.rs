//! A limit of the log's size leaves as much time as is needed.

use super::{setting, write_rate};
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/retention-size-cap",
    title: "no limit of size shortens how long the log is kept",
    level: Level::Recommended,
    tags: &["binlog", "retention"],
    doc: include_str!("retention_size_cap.md"),
    judge,
    remedy,
};

/// Percona Server's limit, which only a restart changes.
const SPACE_LIMIT: &str = "binlog_space_limit";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some((name, limit)) = cap(db)? else {
        return Ok(Finding::server(Outcome::Pass).observed("no limit of size").into());
    };
    let finding = |outcome| setting::finding(name, limit, outcome);
    // A rate that is not known is no reason to trust a limit.
    let rate = write_rate::bytes_per_hour(db).ok().and_then(Result::ok).filter(|rate| *rate > 0);
    let Some(rate) = rate else {
        return Ok(finding(Outcome::Warn).because("deletes files earlier under load").into());
    };
    let wanted = u64::from(intent.thresholds.binlog_retention_warn_hours);
    let hours = setting::number(db, name)?.unwrap_or(0) / rate;
    let message = format!("{hours} h at {} an hour", write_rate::bytes(rate));
    let outcome = if hours < wanted { Outcome::Warn } else { Outcome::Pass };
    Ok(finding(outcome).expected(format!("room for {wanted} h")).because(message).into())
}

/// Percona Server and MariaDB can also limit the size of all files together. MariaDB shows its limit
/// by the name of the other one too.
pub(super) fn cap(db: &MySql) -> Result<Option<(&'static str, &str)>, Missing> {
    for name in ["max_binlog_total_size", SPACE_LIMIT] {
        if let Some(limit) = db.optional_variable(name)?.filter(|value| *value != "0") {
            return Ok(Some((name, limit)));
        }
    }
    Ok(None)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    match cap(db) {
        Ok(Some((SPACE_LIMIT, _))) if !db.platform().is_managed() => {
            Step::config("my.cnf", "[mysqld]", "binlog_space_limit = 0").into()
        }
        Ok(Some((name, _))) => setting::change(db, name, "0"),
        _ => Remedy::none(),
    }
}
