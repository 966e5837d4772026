//! Slots keep enough of the log for an outage, and not the whole disk.

use super::parameter;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/wal-keep",
    title: "slots keep enough of the log, with a bound",
    level: Level::Required,
    tags: &["retention", "settings", "wal"],
    doc: include_str!("wal_keep.md"),
    judge,
    remedy,
};

const MB: i64 = 1 << 20;
const HOUR: i64 = 3600;

/// Bounds that are given where nothing tells how much log is written, and at least: a server that
/// was idle so far does not stay so. In MB.
const BOUND: i64 = 64 * 1024;
const LEAST: i64 = 10 * 1024;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let limit = server.setting_number("max_slot_wal_keep_size")?;
    if limit < 0 {
        return Ok(Finding::server(Outcome::Warn).expected("a bound").observed("no bound").into());
    }
    let kept = limit.max(server.setting_number("wal_keep_size").unwrap_or_default());
    let (outcome, hours) = match server.wal_per_second() {
        _ if limit == 0 => (Outcome::Fail, None),
        Some(rate) => {
            let hours = kept * MB / rate / HOUR;
            (by_hours(hours, want), Some(hours))
        }
        None if kept < i64::from(want.thresholds.wal_keep_warn_mb) => (Outcome::Warn, None),
        None => (Outcome::Pass, None),
    };
    let observed = match hours {
        Some(hours) => format!("{kept} MB, {hours} hours at the rate so far"),
        None => format!("{kept} MB"),
    };
    let hours = want.thresholds.wal_keep_warn_hours;
    Ok(Finding::server(outcome).expected(format!("{hours} hours")).observed(observed).into())
}

fn by_hours(hours: i64, want: &Intent) -> Outcome {
    if hours < i64::from(want.thresholds.wal_keep_fail_hours) {
        Outcome::Fail
    } else if hours < i64::from(want.thresholds.wal_keep_warn_hours) {
        Outcome::Warn
    } else {
        Outcome::Pass
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let rate = db.server().ok().and_then(Server::wal_per_second);
    let wanted = i64::from(want.thresholds.wal_keep_warn_hours) * HOUR;
    // Twice what is needed, in whole GB: the rate is an average.
    let enough = rate.map_or(BOUND, |rate| LEAST.max((rate * wanted * 2 / MB / 1024 + 1) * 1024));
    let mut remedy = parameter::reload(db, "max_slot_wal_keep_size", &format!("{enough}MB"));
    remedy.steps.iter_mut().take(1).for_each(mind_the_disk);
    remedy
}

fn mind_the_disk(step: &mut Step) {
    step.note = Some(
        "The disk has to hold it beside the data. A slot that falls behind further is lost, and \
         its consumer has to read a new snapshot."
            .into(),
    );
}
