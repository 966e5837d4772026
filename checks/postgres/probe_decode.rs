//! What is written to the log comes back out of a slot, decoded.

use super::trial;
use crate::facts::Postgres;
use crate::facts::postgres::Proof;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/probe-decode",
    title: "a change comes back decoded",
    level: Level::Required,
    tags: &["probe", "replication"],
    doc: include_str!("probe_decode.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::probe(db)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    let decoding = match trial::tried(&probe.decoding)? {
        Ok(decoding) => decoding,
        Err(refused) => return Ok(refused),
    };
    let observed = match decoding.proof {
        Proof::Message => "the probe's own message",
        Proof::Transaction => "the probe's own transaction",
        Proof::AnothersChange => "a change of another session",
    };
    Ok(Finding::server(Outcome::Pass).observed(observed).into())
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    db.probe.known().map_or_else(Remedy::none, |probe| trial::remedy(&probe.decoding))
}
