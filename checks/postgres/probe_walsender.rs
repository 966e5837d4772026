//! A replication connection comes about.

use super::trial;
use crate::facts::Postgres;
use crate::facts::postgres::WalSender;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/probe-walsender",
    title: "a replication connection comes about",
    level: Level::Required,
    tags: &["probe", "replication"],
    doc: include_str!("probe_walsender.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::probe(db)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    Ok(trial::tried(&probe.walsender)?.map_or_else(|refused| refused, verdict))
}

fn verdict(found: &WalSender) -> Verdict {
    let (system, timeline) = (found.system_id.untrusted(), found.timeline.untrusted());
    let finding = |outcome| {
        Finding::server(outcome).observed(format!("system {system}, timeline {timeline}"))
    };
    if found.pooled {
        return finding(Outcome::Warn)
            .because(
                "A pooler or proxy stands between: the process that answers is not the one that \
                 was announced. A slot was not tried through it.",
            )
            .into();
    }
    finding(Outcome::Pass).into()
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    if finding.outcome == Outcome::Warn {
        let instruction = "Name the server itself in HostName and Port, not its pooler.";
        return Step::manual(Actor::Requester, instruction).into();
    }
    db.probe.known().map_or_else(Remedy::none, |probe| trial::remedy(&probe.walsender))
}
