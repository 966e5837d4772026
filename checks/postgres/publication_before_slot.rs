//! The publication is older than the slot.

use super::published::create;
use crate::facts::Postgres;
use crate::facts::postgres::Slot;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-before-slot",
    title: "the publication comes before the slot",
    level: Level::Informational,
    tags: &["publication", "slots"],
    doc: include_str!("publication_before_slot.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let all = db.tables.get()?.publications()?;
    let named = &want.profile.publications.named;
    if named.is_empty() {
        return Ok(Verdict::not_applicable("No publication is named."));
    }
    let slots = server.slots.as_deref().unwrap_or_default();
    let older: Vec<&str> = slots
        .iter()
        .filter(|slot| may_be_the_connectors(slot, want))
        .map(|slot| slot.name.untrusted())
        .collect();
    Ok(Verdict::each(named.iter().map(|name| {
        let is_there = all.iter().any(|one| one.name == *name);
        one(name, is_there, &older)
    })))
}

/// A slot of this database that somebody can still start to read with the connector's plugin.
fn may_be_the_connectors(slot: &Slot, want: &Intent) -> bool {
    slot.database.as_ref() == Some(&want.database)
        && slot
            .plugin
            .as_ref()
            .is_some_and(|plugin| plugin.untrusted() == want.profile.output_plugin)
        && !slot.active
        && !slot.temporary
}

fn one(name: &Text, is_there: bool, older: &[&str]) -> Finding {
    let finding = |outcome| Finding::of(Subject::Publication(name.clone()), outcome);
    match (is_there, older) {
        (true, []) => finding(Outcome::Pass),
        (true, _) => finding(Outcome::Pass).because(
            "The catalogue does not tell whether it is older than the slots that are there.",
        ),
        (false, []) => finding(Outcome::Pass).because("Create it first, and then the slot."),
        (false, older) => finding(Outcome::Warn).observed(older.join(", ")).because(
            "A slot is there already and the publication is not: what is written in between is \
             decoded without it, which stops the connector (SQLSTATE 42704), or loses the changes \
             from PostgreSQL 18 on.",
        ),
    }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    Remedy::from(create(&finding.subject.name(), db, want)).then(Step::manual(
        Actor::Dba,
        "Where such a slot is this connector's own, drop it and have it created again.",
    ))
}
