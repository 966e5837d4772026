//! A slot survives a pause of its consumer.

use super::parameter;
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-idle-timeout",
    title: "a slot survives a pause of its consumer",
    level: Level::Required,
    tags: &["retention", "settings"],
    doc: include_str!("slot_idle_timeout.md"),
    judge,
    remedy,
};

/// From this major version on, idle slots can be invalidated.
const INVALIDATES: u32 = 18;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if server.major() < INVALIDATES {
        let why = "Before PostgreSQL 18 no slot is invalidated for being idle.";
        return Ok(Verdict::not_applicable(why));
    }
    let seconds = server.setting_number("idle_replication_slot_timeout")?;
    let outcome = match seconds {
        0 => Outcome::Pass,
        s if s < i64::from(want.thresholds.idle_slot_timeout_fail_seconds) => Outcome::Fail,
        s if s <= i64::from(want.thresholds.idle_slot_timeout_warn_seconds) => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome)
        .expected(format!("0, or more than {} s", want.thresholds.idle_slot_timeout_warn_seconds))
        .observed(format!("{seconds} s"));
    Ok(match outcome {
        Outcome::Pass => finding,
        _ => finding.because(
            "A connector that pauses for longer finds its slot invalidated by the next checkpoint.",
        ),
    }
    .into())
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    parameter::reload(db, "idle_replication_slot_timeout", "1d")
}
