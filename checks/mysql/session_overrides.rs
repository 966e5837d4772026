//! No session logs its changes otherwise than the server does.

use crate::facts::MySql;
use crate::facts::mysql::Override;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/session-overrides",
    title: "no session logs in a way of its own",
    level: Level::Recommended,
    tags: &["binlog", "load"],
    doc: include_str!("session_overrides.md"),
    judge,
    remedy,
};

const GONE: &str = "their changes are not logged at all";
const OTHER: &str = "their changes are logged in a form that readers pass over or misread";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let overrides = db.activity.overrides.get()?;
    if overrides.is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    Ok(Verdict::each(overrides.iter().map(|own| {
        let why = if own.variable.untrusted() == "sql_log_bin" { GONE } else { OTHER };
        Finding::server(Outcome::Warn).observed(describe(own)).because(why).strictly()
    })))
}

fn describe(own: &Override) -> String {
    let (name, value) = (own.variable.untrusted(), own.value.untrusted());
    format!("{name} = {value} in {} sessions", own.sessions)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let overrides = db.activity.overrides.known().map_or(&[][..], Vec::as_slice);
    let is_meant = |own: &&Override| finding.observed == Some(describe(own).into());
    let sessions = overrides.iter().filter(is_meant).flat_map(|own| &own.some);
    let steps = sessions.map(|session| {
        Step::dba(format!("KILL {session};")).note(
            "Rolls back what it has open. A pool opens a new session, with the server's value.",
        )
    });
    let find =
        "Find out who sets it, at the beginning of a job or in a pool's options, and end that.";
    let remedy = Remedy { steps: steps.collect() };
    remedy.then(Step::manual(Actor::Owner, find))
}
