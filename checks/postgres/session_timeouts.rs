//! No time limit ends the snapshot or the stream.

use super::session::{attach, is_attached};
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/session-timeouts",
    title: "no time limit ends the snapshot",
    level: Level::Recommended,
    tags: &["settings", "snapshot"],
    doc: include_str!("session_timeouts.md"),
    judge,
    remedy,
};

const MINUTE_MS: i64 = 60_000;

/// The limits, and the major version that brought each.
const LIMITS: [(&str, u32); 5] = [
    ("statement_timeout", 8),
    ("lock_timeout", 9),
    ("idle_in_transaction_session_timeout", 9),
    ("idle_session_timeout", 14),
    ("transaction_timeout", 17),
];

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let harmful = harmful(db.server()?, want)?;
    if harmful.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("none that would").into());
    }
    let observed: Vec<String> =
        harmful.iter().map(|(name, ms)| format!("{name} = {ms} ms")).collect();
    Ok(Finding::server(Outcome::Warn)
        .expected("0 for the account")
        .observed(observed.join(", "))
        .into())
}

/// The limits that would end a connector's work, in milliseconds.
fn harmful(server: &Server, want: &Intent) -> Result<Vec<(&'static str, i64)>, Missing> {
    let mut found = Vec::new();
    for (name, since) in LIMITS {
        if server.major() < since {
            continue;
        }
        let ms = server.setting_number(name)?;
        let ends = match name {
            _ if ms == 0 => false,
            _ if is_attached(server.setting(name)?) => true,
            "statement_timeout" => {
                ms < i64::from(want.thresholds.statement_timeout_warn_minutes) * MINUTE_MS
            }
            // Server-wide, it protects others from the connector.
            "lock_timeout" => false,
            _ => true,
        };
        if ends {
            found.push((name, ms));
        }
    }
    Ok(found)
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let harmful = db.server().and_then(|server| harmful(server, want)).unwrap_or_default();
    let steps = harmful.into_iter().map(|(name, _)| attach(db, want, name, "0"));
    steps.fold(Remedy::none(), Remedy::then)
}
