//! The server has free sessions for a connector.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/capacity",
    title: "the server has free sessions",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("capacity.md"),
    judge,
    remedy,
};

const FULL: &str = "a connector's sessions are refused with error 1040";
const TIGHT: &str = "at the next peak a connector that comes back may find the server full";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let all = setting::number(db, "max_connections")?.ok_or_else(unknown)?;
    let used = db.status.get()?.get("Threads_connected").ok_or_else(unknown)?.untrusted();
    let used: u64 = used.parse().map_err(|_| unknown())?;
    // The session that asks will be gone.
    let free = (all + 1).saturating_sub(used.max(1));
    let thresholds = &intent.thresholds;
    let finding = |outcome| {
        let observed = format!("{free} of {all}");
        Finding::server(outcome)
            .expected(format!("{} or more", thresholds.sessions_warn))
            .observed(observed)
    };
    Ok(if free < u64::from(thresholds.sessions_needed) {
        finding(Outcome::Fail).because(FULL)
    } else if free < u64::from(thresholds.sessions_warn).max(all / 10) {
        finding(Outcome::Warn).because(TIGHT)
    } else {
        finding(Outcome::Pass)
    }
    .into())
}

fn unknown() -> Missing {
    Missing::Malformed { what: "the number of sessions".into(), detail: "not shown".into() }
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let all = setting::number(db, "max_connections").ok().flatten().unwrap_or(0);
    let more = (all + 50).max(151);
    setting::change(db, "max_connections", &more.to_string())
}
