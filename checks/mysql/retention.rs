//! The binary log is kept long enough to come back from an outage.

use super::setting;
use crate::facts::MySql;
use crate::facts::mysql::{Kept, Line, Version};
use crate::{
    Check, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/retention",
    title: "the binary log is kept long enough",
    level: Level::Required,
    tags: &["binlog", "retention"],
    doc: include_str!("retention.md"),
    judge,
    remedy,
};

const HOUR: u64 = 3600;

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let kept = db.binlog_kept()?;
    let hidden = match (db.platform(), &kept) {
        (Flavour::Azure, Kept::Seconds(_)) => false,
        (platform, _) => platform.is_managed(),
    };
    if hidden {
        return Ok(by_platform(db.platform()).into());
    }
    Ok(match kept {
        Kept::Forever => forever(db)?,
        Kept::Seconds(seconds) => limited(db, intent, seconds)?,
    }
    .into())
}

fn by_platform(platform: Flavour) -> Finding {
    let message = format!(
        "{} decides by settings of its own, which no variable shows: look there",
        platform.as_str()
    );
    Finding::server(Outcome::Warn).observed("unknown").because(message)
}

fn forever(db: &MySql) -> Result<Finding, Missing> {
    let finding = Finding::server(Outcome::Pass).observed("kept until deleted by hand");
    let finding = finding.because("nothing deletes old files: watch the disk");
    capped(db, finding)
}

fn limited(db: &MySql, intent: &Intent, seconds: u64) -> Result<Finding, Missing> {
    let fail = u64::from(intent.thresholds.binlog_retention_fail_hours) * HOUR;
    let warn = u64::from(intent.thresholds.binlog_retention_warn_hours) * HOUR;
    let outcome = match seconds {
        _ if seconds < fail => Outcome::Fail,
        _ if seconds < warn => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome).expected(hours(warn)).observed(hours(seconds));
    match outcome {
        Outcome::Pass => capped(db, finding),
        _ => Ok(finding.because("an outage that lasts longer costs all tables a new snapshot")),
    }
}

fn capped(db: &MySql, finding: Finding) -> Result<Finding, Missing> {
    Ok(match cap(db)? {
        Some((name, limit)) => Finding { outcome: Outcome::Warn, ..finding }
            .because(format!("{name} = {limit} bytes deletes files earlier under load")),
        None => finding,
    })
}

/// Percona Server and MariaDB can also limit the size of all files together. MariaDB shows its limit
/// by the name of the other one too.
fn cap(db: &MySql) -> Result<Option<(&'static str, &str)>, Missing> {
    for name in ["max_binlog_total_size", SPACE_LIMIT] {
        if let Some(limit) = db.optional_variable(name)?.filter(|value| *value != "0") {
            return Ok(Some((name, limit)));
        }
    }
    Ok(None)
}

fn hours(seconds: u64) -> Text {
    match (seconds / HOUR, seconds % HOUR) {
        (hours, 0) => Text::new(format!("{hours} h")),
        (hours, rest) => Text::new(format!("{hours} h {} min", rest / 60)),
    }
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let wanted = u64::from(intent.thresholds.binlog_retention_warn_hours);
    let is_short =
        matches!(db.binlog_kept(), Ok(Kept::Seconds(seconds)) if seconds < wanted * HOUR);
    match (db.platform(), cap(db)) {
        (Flavour::Azure, _) => setting::change(db, SECONDS, &(wanted * HOUR).to_string()),
        (platform, _) if platform.is_managed() => on_platform(platform, wanted).into(),
        // Not dynamic.
        (_, Ok(Some((SPACE_LIMIT, _)))) if !is_short => {
            Step::config("my.cnf", "[mysqld]", "binlog_space_limit = 0").into()
        }
        (_, Ok(Some((name, _)))) if !is_short => setting::change(db, name, "0"),
        _ if has_seconds(db) => setting::change(db, SECONDS, &(wanted * HOUR).to_string()),
        _ => setting::change(db, "expire_logs_days", &wanted.div_ceil(24).to_string()),
    }
}

const SPACE_LIMIT: &str = "binlog_space_limit";
const SECONDS: &str = "binlog_expire_logs_seconds";

fn has_seconds(db: &MySql) -> bool {
    let Some(identity) = db.identity.known() else { return true };
    let since = match identity.line() {
        Line::MariaDb => Version::new(10, 6, 1),
        Line::MySql => Version::new(8, 0, 1),
    };
    identity.version_number().is_ok_and(|own| own >= since)
}

fn on_platform(platform: Flavour, wanted: u64) -> Step {
    match platform {
        Flavour::AlibabaRds => Step::console(format!(
            "Keep local binary logs for {wanted} h or more in the backup settings of the ApsaraDB \
             RDS instance, and raise the space they may take: uploaded files cannot be streamed."
        )),
        Flavour::Aurora | Flavour::Rds => Step::dba(format!(
            "CALL mysql.rds_set_configuration('binlog retention hours', {wanted});"
        )),
        Flavour::CloudSql => Step::console(format!(
            "Keep transaction logs for {} days in the point-in-time recovery settings.",
            wanted.div_ceil(24)
        )),
        platform => Step::console(format!(
            "Keep the binary log for {wanted} h or more: see {}.",
            setting::place(platform)
        )),
    }
}
