//! A replication connection is given up neither too soon nor never.

use super::parameter;
use super::session::attach;
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/wal-sender-timeout",
    title: "replication connections are given up in time",
    level: Level::Required,
    tags: &["replication", "settings"],
    doc: include_str!("wal_sender_timeout.md"),
    judge,
    remedy,
};

/// From this major version on, each role can have a value of its own.
const BY_ROLE: u32 = 12;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let ms = db.server()?.setting_number("wal_sender_timeout")?;
    let too_short = "A connector that is busy for longer, or a slow network, is cut off, again and \
                     again.";
    let (outcome, message) = match ms {
        0 => (
            Outcome::Warn,
            Some(
                "A connection that broke silently is never given up: its slot stays active, and \
                 the connector cannot come back to it.",
            ),
        ),
        ms if ms < i64::from(want.thresholds.wal_sender_timeout_fail_ms) => {
            (Outcome::Fail, Some(too_short))
        }
        ms if ms < i64::from(want.thresholds.wal_sender_timeout_warn_ms) => {
            (Outcome::Warn, Some(too_short))
        }
        _ => (Outcome::Pass, None),
    };
    let finding = Finding::server(outcome)
        .expected(format!("at least {} ms", want.thresholds.wal_sender_timeout_warn_ms))
        .observed(format!("{ms} ms"));
    Ok(message.map_or(finding.clone(), |message| finding.because(message)).into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    if db.server().is_ok_and(|server| server.major() < BY_ROLE) {
        return parameter::reload(db, "wal_sender_timeout", "60s");
    }
    attach(db, want, "wal_sender_timeout", "60s").into()
}
