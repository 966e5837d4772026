//! Servers that may take over are checked as well.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/failover-target",
    title: "a server that may take over is checked as well",
    level: Level::Informational,
    tags: &["topology"],
    doc: include_str!("failover_target.md"),
    judge,
    remedy,
};

const WHY: &str =
    "after a failover its settings count: a log that is off, or kept for less, ends the stream";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.profile.standbys.is_empty() {
        let names: Vec<&str> = intent.profile.standbys.iter().map(crate::Text::untrusted).collect();
        return Ok(Finding::server(Outcome::Pass).observed(names.join(", ")).into());
    }
    // Rows with the id 0 are left by readers that only fetched files.
    let ids: Vec<String> =
        db.replicas.get()?.iter().filter(|id| **id != 0).map(u32::to_string).collect();
    if ids.is_empty() {
        return Ok(Finding::server(Outcome::Pass).because("no replica is connected").into());
    }
    let observed = format!("server ids {}", ids.join(", "));
    Ok(Finding::server(Outcome::Warn).observed(observed).because(WHY).into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Check each server that may take over by a request of its own, with its host in \
                       HostName: several requests may stand in one file.";
    Step::request(instruction).into()
}
