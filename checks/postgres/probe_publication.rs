//! The account can create a publication, where the connector does that.

use super::published::is_created;
use super::trial;
use crate::facts::Postgres;
use crate::facts::postgres::ProbedPublication;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
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
    let refused = match probe.publication.get() {
        Err(Missing::Denied { needs, .. }) => needs,
        Err(Missing::Refused { detail, code: Some(code), .. }) => {
            Text::new(format!("{} ({code})", detail.untrusted()))
        }
        _ => {
            let tried = trial::tried(&probe.publication)?;
            return Ok(tried.map_or_else(|left_out| left_out, |found| created(found).into()));
        }
    };
    let subject = Subject::Account(want.user.clone());
    if is_demanded(db, want) {
        return Ok(Finding::of(subject, Outcome::Fail).observed(refused).into());
    }
    Ok(Finding::of(subject, Outcome::NotApplicable)
        .observed(refused)
        .because(
            "It is not known that the connector creates one, or the one that it reads is there.",
        )
        .into())
}

fn created(found: &ProbedPublication) -> Finding {
    let scope = if found.all_tables { "one of all tables" } else { "an empty one" };
    Finding::server(Outcome::Pass).observed(scope)
}

/// Only what the connector is known to do is demanded.
fn is_demanded(db: &Postgres, want: &Intent) -> bool {
    let named = &want.profile.publications.named;
    let tables = db.tables.known();
    let all = tables.and_then(|tables| tables.publications().ok()).unwrap_or_default();
    let is_there = !named.is_empty()
        && named.iter().all(|name| all.iter().any(|publication| publication.name == *name));
    is_created(want) && !is_there
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let refused_otherwise = db
        .probe
        .known()
        .filter(|probe| matches!(probe.publication.get(), Err(Missing::Refused { .. })));
    match refused_otherwise {
        Some(probe) => trial::remedy(&probe.publication),
        None => {
            let instruction = "Grant what postgres/publication-create-privilege says, or create \
                               the publication as another role.";
            Step::manual(Actor::Dba, instruction).into()
        }
    }
}
