//! No abandoned slot of others eats the disk.

use super::slot::{drop_slot, name};
use crate::facts::Postgres;
use crate::facts::postgres::Slot;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-siblings",
    title: "no slot is abandoned",
    level: Level::Recommended,
    tags: &["capacity", "slot"],
    doc: include_str!("slot_siblings.md"),
    judge,
    remedy,
};

const MB: i64 = 1 << 20;

/// How the slots of this program's own probe begin.
const PROBE: &str = "cdc_preflight_";

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let abandoned = abandoned(db, want)?;
    if abandoned.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("none is").into());
    }
    let names: Vec<String> = abandoned.iter().map(|slot| describe(slot)).collect();
    Ok(Finding::server(Outcome::Warn)
        .expected("slots that somebody reads")
        .observed(names.join(", "))
        .because("They take places, and keep log and old rows until the disk is full.")
        .into())
}

fn abandoned<'a>(db: &'a Postgres, want: &Intent) -> Result<Vec<&'a Slot>, Missing> {
    let limit = i64::from(want.thresholds.slot_sibling_warn_mb) * MB;
    let own = name(want);
    let is_sibling = |slot: &&Slot| Some(slot.name.untrusted()) != own;
    let is_abandoned = |slot: &&Slot| {
        slot.is_lost()
            || !slot.active && (is_leftover(slot) || slot.lag_bytes.is_some_and(|lag| lag > limit))
    };
    Ok(db.server()?.all_slots()?.iter().filter(is_sibling).filter(is_abandoned).collect())
}

fn is_leftover(slot: &Slot) -> bool {
    slot.name.untrusted().starts_with(PROBE) && !slot.temporary
}

fn describe(slot: &Slot) -> String {
    let name = slot.name.untrusted();
    match slot.lag_bytes {
        _ if slot.is_lost() => format!("{name} (lost)"),
        _ if is_leftover(slot) => format!("{name} (left behind by a probe)"),
        Some(lag) => format!("{name} (inactive, {} MB)", lag / MB),
        None => name.to_owned(),
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let abandoned = abandoned(db, want).unwrap_or_default();
    abandoned.into_iter().map(step).fold(Remedy::none(), Remedy::then)
}

/// Only what is of no use to anybody is dropped without a question.
fn step(slot: &Slot) -> Step {
    let name = slot.name.untrusted();
    if slot.is_lost() || is_leftover(slot) {
        return drop_slot(name).note("It is of no use to anybody any more.");
    }
    Step::manual(
        Actor::Dba,
        format!("Start the consumer of the slot {name} again, or drop the slot if it has none."),
    )
}
