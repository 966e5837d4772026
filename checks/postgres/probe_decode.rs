//! What is written to the log comes back out of a slot, decoded.

use super::published::is_created;
use super::trial;
use crate::facts::Postgres;
use crate::facts::postgres::{Notice, Probe, Proof};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

/// SQLSTATE of the warning that a publication is passed over.
const UNUSABLE: &str = "55000";

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/probe-decode",
    title: "a change comes back decoded",
    level: Level::Required,
    tags: &["probe", "replication"],
    doc: include_str!("probe_decode.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::probe(db)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    if let Err(missing) = probe.decoding.get()
        && trial::lacks_publication(&missing)
        && is_created(want)
    {
        return Ok(Finding::server(Outcome::Pass)
            .observed("all but the publication, which the connector creates")
            .into());
    }
    let decoding = match trial::tried(&probe.decoding)? {
        Ok(decoding) => decoding,
        Err(refused) => return Ok(refused),
    };
    if let Some(notice) = passed_over(probe, want) {
        return Ok(Finding::server(Outcome::Fail)
            .observed(notice.message.clone())
            .because(
                "The server decodes without the publication: the changes are lost, and nothing \
                 but this warning tells. See postgres/publication-exists.",
            )
            .into());
    }
    let observed = match decoding.proof {
        Proof::Message => "the probe's own message",
        Proof::Transaction => "the probe's own transaction",
        Proof::AnothersChange => "a change of another session",
    };
    Ok(Finding::server(Outcome::Pass).observed(observed).into())
}

/// The warning that a publication is not there, from version 18 on. Its words may be translated; the
/// name of the publication is not.
fn passed_over<'a>(probe: &'a Probe, want: &Intent) -> Option<&'a Notice> {
    let named = &want.profile.publications.named;
    let names = |notice: &Notice| {
        let words = notice.message.untrusted();
        named.iter().any(|name| words.contains(&format!("\"{}\"", name.untrusted())))
    };
    let is_warned = |notice: &&Notice| notice.code.untrusted() == UNUSABLE && names(notice);
    probe.notices.iter().find(is_warned).filter(|_| !is_created(want))
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let warned = db.probe.known().and_then(|probe| passed_over(probe, want));
    if warned.is_some() {
        let instruction = "Create the publication. See postgres/publication-exists.";
        return Step::manual(Actor::Dba, instruction).into();
    }
    db.probe.known().map_or_else(Remedy::none, |probe| trial::remedy(&probe.decoding))
}
