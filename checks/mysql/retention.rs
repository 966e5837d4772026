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
    if let Flavour::Aurora | Flavour::Rds = db.platform() {
        return on_amazon(db, intent).map(Verdict::from);
    }
    let kept = db.binlog_kept()?;
    if is_hidden(db, &kept) {
        return Ok(by_platform(db.platform()).into());
    }
    Ok(match kept {
        Kept::Forever => forever(),
        Kept::Seconds(seconds) => limited(intent, seconds),
    }
    .into())
}

/// Whether the variables are not what decides.
fn is_hidden(db: &MySql, kept: &Kept) -> bool {
    match (db.platform(), kept) {
        (Flavour::Azure, Kept::Seconds(_)) => false,
        (platform, _) => platform.is_managed(),
    }
}

fn by_platform(platform: Flavour) -> Finding {
    let message = format!(
        "{} decides by settings of its own, which no variable shows: look there",
        platform.as_str()
    );
    Finding::server(Outcome::Warn).observed("unknown").because(message)
}

/// The hours in `mysql.rds_configuration` are all that counts, whatever the variables say.
fn on_amazon(db: &MySql, intent: &Intent) -> Result<Finding, Missing> {
    Ok(match db.rds_retention.get() {
        Ok(Some(hours)) => limited(intent, hours * HOUR),
        Ok(None) => {
            let lazily = db.platform() == Flavour::Aurora;
            let (outcome, why) = match lazily {
                true => (Outcome::Warn, "Aurora deletes files lazily, after about a day"),
                false => (Outcome::Fail, "files are deleted as soon as the backup has them"),
            };
            Finding::server(outcome).observed("binlog retention hours is NULL").because(why)
        }
        // That it is hidden says nothing about who runs the server.
        Err(missing @ Missing::Denied { .. }) => {
            let finding = Finding::server(Outcome::Warn).observed("unknown");
            finding.because(missing.sentence())
        }
        Err(Missing::NotAsked { .. }) => by_platform(db.platform()),
        Err(missing) => return Err(missing),
    })
}

/// How long files are promised to be kept, in seconds; `None` where nothing is promised, or to keep
/// them for ever.
pub(super) fn seconds(db: &MySql) -> Result<Option<u64>, Missing> {
    if let Flavour::Aurora | Flavour::Rds = db.platform() {
        return Ok(db.rds_retention.get()?.map(|hours| hours * HOUR));
    }
    Ok(match db.binlog_kept()? {
        Kept::Seconds(seconds) if !is_hidden(db, &Kept::Seconds(seconds)) => Some(seconds),
        _ => None,
    })
}

/// The steps that make it longer.
pub(super) fn longer(finding: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    remedy(finding, db, intent)
}

fn forever() -> Finding {
    let finding = Finding::server(Outcome::Pass).observed("kept until deleted by hand");
    finding.because("nothing deletes old files: watch the disk")
}

fn limited(intent: &Intent, seconds: u64) -> Finding {
    let fail = u64::from(intent.thresholds.binlog_retention_fail_hours) * HOUR;
    let warn = u64::from(intent.thresholds.binlog_retention_warn_hours) * HOUR;
    let outcome = match seconds {
        _ if seconds < fail => Outcome::Fail,
        _ if seconds < warn => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome).expected(hours(warn)).observed(hours(seconds));
    match outcome {
        Outcome::Pass => finding,
        _ => finding.because("an outage that lasts longer costs all tables a new snapshot"),
    }
}

/// A time for people.
pub(super) fn hours(seconds: u64) -> Text {
    match (seconds / HOUR, seconds % HOUR) {
        (hours, 0) => Text::new(format!("{hours} h")),
        (hours, rest) => Text::new(format!("{hours} h {} min", rest / 60)),
    }
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let wanted = u64::from(intent.thresholds.binlog_retention_warn_hours);
    match db.platform() {
        Flavour::Azure => setting::change(db, SECONDS, &(wanted * HOUR).to_string()),
        platform if platform.is_managed() => on_platform(platform, wanted).into(),
        _ if has_seconds(db) => setting::change(db, SECONDS, &(wanted * HOUR).to_string()),
        _ => setting::change(db, "expire_logs_days", &wanted.div_ceil(24).to_string()),
    }
}

const SECONDS: &str = "binlog_expire_logs_seconds";

fn has_seconds(db: &MySql) -> bool {
    let Some(identity) = db.identity.known() else { return true };
    let since = match identity.line() {
        Line::MariaDb => Version::new(10, 6, 1),
        Line::MySql => Version::new(8, 0, 1),
    };
    identity.version_number().is_ok_and(|own| own >= since)
}

/// Where a platform is told how long to keep files.
pub(super) fn on_platform(platform: Flavour, wanted: u64) -> Step {
    match platform {
        Flavour::AlibabaRds => Step::console(format!(
            "Keep local binary logs for {wanted} h or more in the backup settings of the ApsaraDB \
             RDS instance, and raise the space they may take: uploaded files cannot be streamed."
        )),
        Flavour::Aurora | Flavour::Rds => {
            // Aurora takes 2160 hours and RDS 168.
            let wanted = if platform == Flavour::Rds { wanted.min(168) } else { wanted.min(2160) };
            Step::dba(format!(
                "CALL mysql.rds_set_configuration('binlog retention hours', {wanted});"
            ))
            .note("CALL mysql.rds_show_configuration; shows it. 0 is not allowed, NULL unsets it.")
        }
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
