//! The account can create a publication, where the connector does that.

use super::published::is_created;
use super::trial;
use crate::facts::Postgres;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/probe-publication",
    title: "the account can create a publication",
    level: Level::Required,
    tags: &["probe", "publication"],
    doc: include_str!("probe_publication.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::probe(db)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    let publication = match probe.publication.get() {
        Err(Missing::Denied { needs, .. }) => return Ok(denied(db, want).observed(needs).into()),
        _ => trial::tried(&probe.publication)?,
    };
    Ok(publication.map_or_else(
        |refused| refused,
        |found| {
            let scope = if found.all_tables { "one of all tables" } else { "an empty one" };
            Finding::server(Outcome::Pass).observed(scope).into()
        },
    ))
}

/// Only what the connector is known to do is demanded.
fn denied(db: &Postgres, want: &Intent) -> Finding {
    let named = &want.profile.publications.named;
    let tables = db.tables.known();
    let all = tables.and_then(|tables| tables.publications().ok()).unwrap_or_default();
    let is_there = !named.is_empty()
        && named.iter().all(|name| all.iter().any(|publication| publication.name == *name));
    let subject = Subject::Account(want.user.clone());
    if is_created(want) && !is_there {
        return Finding::of(subject, Outcome::Fail);
    }
    Finding::of(subject, Outcome::NotApplicable).because(
        "It is not known that the connector creates one, or the one that it reads is there.",
    )
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    match finding.subject {
        Subject::Account(_) => {
            let instruction = "Grant what postgres/publication-create-privilege says, or create \
                               the publication as another role.";
            Step::manual(Actor::Dba, instruction).into()
        }
        _ => db.probe.known().map_or_else(Remedy::none, |probe| trial::remedy(&probe.publication)),
    }
}
