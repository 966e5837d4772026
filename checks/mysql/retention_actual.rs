//! The binary log is really kept as long as the settings promise.

use super::setting;
use super::trial::{self, Stage};
use crate::facts::MySql;
use crate::facts::mysql::OldestFile;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/retention-actual",
    title: "the binary log is as old as it should be",
    level: Level::Required,
    tags: &["probe", "binlog", "retention"],
    doc: include_str!("retention_actual.md"),
    judge,
    remedy,
};

const HOUR: u64 = 3600;
/// Files go at the next change of files after their time, never before.
const SLACK_PERCENT: u64 = 80;

const DELETED: &str = "something deletes files before their time: a limit of size, a platform's \
                       own rule, or a job that purges";
const TOO_EARLY: &str = "earlier files are gone, but the server has not run long enough since to \
                         tell how long they are kept";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let oldest = match probe(db)? {
        Ok(oldest) => oldest,
        Err(left_out) => return Ok(left_out),
    };
    let promised = promised(db, intent)?;
    let age = oldest.age_seconds;
    let finding = |outcome| Finding::server(outcome).observed(observed(oldest));
    if is_first(oldest) {
        return Ok(finding(Outcome::Pass).because("no file was ever deleted").into());
    }
    if age >= promised {
        return Ok(finding(Outcome::Pass).into());
    }
    let least = u64::from(intent.thresholds.binlog_retention_fail_hours) * HOUR;
    let uptime = uptime(db)?;
    let bad = |outcome| {
        let expected = super::retention::hours(promised);
        finding(outcome).expected(expected).because(DELETED)
    };
    Ok(match uptime {
        _ if age < least && uptime >= least => bad(Outcome::Fail),
        // It was running when the file before the oldest was still there.
        _ if uptime > age => bad(Outcome::Warn),
        _ => finding(Outcome::Pass).because(TOO_EARLY),
    }
    .into())
}

/// The oldest file; the inner error is the verdict where nobody looked.
pub(super) fn probe(db: &MySql) -> Result<Result<&OldestFile, Verdict>, Missing> {
    match trial::tried(&db.probe, Stage::Login)? {
        Ok(probe) => Ok(Ok(probe.oldest.get()?)),
        Err(left_out) => Ok(Err(left_out)),
    }
}

fn observed(oldest: &OldestFile) -> String {
    let age = match oldest.age_seconds {
        0..60 => "less than a minute".into(),
        seconds => super::retention::hours(seconds),
    };
    format!("{} was begun {} ago", oldest.name.untrusted(), age.untrusted())
}

/// Whether the file is the first that the server has written since the log was begun.
fn is_first(oldest: &OldestFile) -> bool {
    let number = oldest.name.untrusted().rsplit_once('.').and_then(|(_, n)| n.parse::<u64>().ok());
    number.is_some_and(|number| number <= 1)
}

/// How old the log should be at least: what the settings promise, and what is wanted where they
/// promise nothing.
fn promised(db: &MySql, intent: &Intent) -> Result<u64, Missing> {
    let wanted = u64::from(intent.thresholds.binlog_retention_warn_hours) * HOUR;
    let set = match super::retention::seconds(db) {
        // What a platform has set may be hidden; how long files are kept in fact is not.
        Err(_) if db.platform().is_managed() => None,
        set => set?,
    };
    Ok(set.map_or(wanted, |seconds| seconds / 100 * SLACK_PERCENT))
}

fn uptime(db: &MySql) -> Result<u64, Missing> {
    let malformed = || Missing::Malformed { what: "Uptime".into(), detail: "not shown".into() };
    let shown = db.status.get()?.get("Uptime").ok_or_else(malformed)?;
    shown.untrusted().parse().map_err(|_| malformed())
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let platform = db.platform();
    if platform.is_managed() {
        let wanted = u64::from(intent.thresholds.binlog_retention_warn_hours);
        return super::retention::on_platform(platform, wanted).into();
    }
    let find = "Find what deletes files: an event or a job that runs PURGE BINARY LOGS, a script \
                that removes them, or a limit of size.";
    let remedy = Remedy::from(Step::manual(Actor::Dba, find));
    match super::retention_size_cap::cap(db) {
        Ok(Some((name, _))) => {
            setting::change(db, name, "0").steps.into_iter().fold(remedy, Remedy::then)
        }
        _ => remedy,
    }
}
