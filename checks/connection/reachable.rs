//! A TCP connection to the server comes about.

use crate::{Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/reachable",
    title: "the server can be reached",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("reachable.md"),
    judge,
    remedy,
};

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let reached = facts.connection.reached.get()?;
    Ok(Finding::server(Outcome::Pass).observed(reached.address.clone()).into())
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    let (host, port) = (facts.connection.host.untrusted(), facts.connection.port);
    Step::manual(Actor::Network, format!("Open the way to {host} port {port}.")).into()
}
