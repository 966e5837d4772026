//! A TCP connection to the server comes about.

use std::net::IpAddr;

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
    let finding = |outcome| Finding::server(outcome).observed(reached.address.clone());
    let is_own = reached.address.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if reached.unreached.is_empty() || is_own {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Warn)
        .expected("every address of the host")
        .because(format!(
            "{} did not answer. A client that tries no second address fails, or is slow.",
            reached.unreached.join(", ")
        ))
        .into())
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    let (host, port) = (facts.connection.host.untrusted(), facts.connection.port);
    Step::manual(Actor::Network, format!("Open the way to {host} port {port}.")).into()
}
