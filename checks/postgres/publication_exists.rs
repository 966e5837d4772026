//! The publications that the connector reads are there.

use super::published::{create, is_created};
use crate::facts::Postgres;
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-exists",
    title: "the publication exists",
    level: Level::Required,
    tags: &["publication"],
    doc: include_str!("publication_exists.md"),
    judge,
    remedy,
};

/// From this major version on, a publication that is not there is passed over in silence.
const MISSES_IN_SILENCE: u32 = 18;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let major = db.server()?.major();
    let tables = db.tables.get()?;
    let all = tables.publications()?;
    let named = &want.profile.publications.named;
    if named.is_empty() {
        return Ok(Verdict::not_applicable(
            "No publication is named. Who makes the one that the connector reads is told by \
             postgres/publication-create-privilege.",
        ));
    }
    let is_whole = tables.publications_total <= all.len() as u64;
    Ok(Verdict::each(named.iter().map(|name| {
        let subject = Subject::Publication(name.clone());
        if all.iter().any(|one| one.name == *name) {
            Finding::of(subject, Outcome::Pass)
        } else if is_whole {
            absent(subject, major, want)
        } else {
            Finding::unknown(subject, unread(tables.publications_total))
        }
    })))
}

fn absent(subject: Subject, major: u32, want: &Intent) -> Finding {
    if is_created(want) {
        return Finding::of(subject, Outcome::Pass)
            .observed("not there")
            .because("The connector creates it.");
    }
    Finding::of(subject, Outcome::Fail).observed("not there").because(
        if major >= MISSES_IN_SILENCE {
            "The server decodes without it and says so only in its log: the slot moves on, and \
             the changes are lost without an error."
        } else {
            "Decoding stops at the first change (SQLSTATE 42704)."
        },
    )
}

fn unread(total: u64) -> Missing {
    Missing::NotAsked {
        what: Text::new("the publication"),
        why: Text::new(format!("the database has {total} publications, more than one visit reads")),
    }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    match &finding.subject {
        Subject::Publication(name) => create(name, db, want).into(),
        _ => Step::request("Name the publication that the connector reads.").into(),
    }
}
