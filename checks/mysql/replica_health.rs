//! A replica that is captured receives and applies changes.

use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/replica-health",
    title: "the replica is up to date",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("replica_health.md"),
    judge,
    remedy,
};

const STALE: &str = "nothing that changes upstream comes here, so that no event does";
const LATE: &str = "events are as late as the replica is";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(upstream) = db.upstream.get()? else {
        return Ok(Verdict::not_applicable("the server is not a replica"));
    };
    let finding = |outcome| Finding::server(outcome).expected("running and up to date");
    let stopped = match (upstream.io_running, upstream.sql_running) {
        (true, true) => None,
        (false, true) => Some("it receives nothing"),
        (true, false) => Some("it applies nothing"),
        (false, false) => Some("it neither receives nor applies anything"),
    };
    if let Some(stopped) = stopped {
        return Ok(finding(Outcome::Fail).observed(stopped).because(STALE).into());
    }
    let limit = u64::from(intent.thresholds.replica_lag_warn_seconds);
    Ok(match upstream.seconds_behind {
        Some(behind) if behind <= limit => {
            finding(Outcome::Pass).observed(format!("{behind} s behind"))
        }
        Some(behind) => finding(Outcome::Warn).observed(format!("{behind} s behind")).because(LATE),
        None => finding(Outcome::Warn).observed("behind by an unknown time").because(LATE),
    }
    .into())
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    if finding.message.as_ref().is_some_and(|message| message.untrusted() == LATE) {
        return Step::manual(
            Actor::Dba,
            "Find out why the replica is behind, or capture from its source.",
        )
        .into();
    }
    let is_maria = db.identity.known().is_some_and(|own| own.line() == Line::MariaDb);
    let word = if is_maria { "SLAVE" } else { "REPLICA" };
    Step::dba(format!("START {word};"))
        .undo(format!("STOP {word};"))
        .note("If it stops again, SHOW REPLICA STATUS names the error; or capture from its source.")
        .into()
}
