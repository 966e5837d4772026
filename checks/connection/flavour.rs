//! The server is one that a connector for this engine can read.

use crate::{
    Actor, Check, Facts, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/flavour",
    title: "the server is what it looks like",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("flavour.md"),
    judge,
    remedy,
};

const MERGED: &str = "PolarDB-X merges the logs of its nodes into one stream of its own making, with \
                      positions of its own";

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let flavour = facts.flavour()?;
    let outcome = match flavour {
        Flavour::LookAlike => Outcome::Fail,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome).observed(flavour.as_str());
    if outcome == Outcome::Pass {
        return Ok(finding.into());
    }
    let version = facts.server_version()?;
    if ["TDDL", "PolarDB-X"].iter().any(|mark| version.untrusted().contains(mark)) {
        return Ok(Finding { outcome: Outcome::Warn, ..finding }
            .expected("the original, or a build of it")
            .observed(version)
            .because(MERGED)
            .into());
    }
    let message = "It speaks the protocol, but keeps no log that this source could read.";
    Ok(finding.expected("the original, or a build of it").observed(version).because(message).into())
}

fn remedy(_: &Finding, _: &Facts, _: &Intent) -> Remedy {
    let instruction = "Use the change data capture that this product brings itself.";
    Step::manual(Actor::Requester, instruction).into()
}
