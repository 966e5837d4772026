//! A replication slot is free.

use super::{headroom, parameter};
use crate::facts::Postgres;
use crate::facts::postgres::Slot;
use crate::quote::postgres::literal;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slots-free",
    title: "a replication slot is free",
    level: Level::Required,
    tags: &["capacity", "settings"],
    doc: include_str!("slots_free.md"),
    judge,
    remedy,
};

const WITHOUT_SPARE: &str = "Nothing is left for a second connector or a standby.";

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let all = server.setting_number("max_replication_slots")?;
    let used = i64::try_from(server.all_slots()?.len()).unwrap_or(i64::MAX);
    let needed = want.profile.slots.saturating_sub(own(server.all_slots()?, want));
    Ok(headroom::judge(all, used, needed, WITHOUT_SPARE))
}

/// A slot that the connector takes over takes no further place.
fn own(slots: &[Slot], want: &Intent) -> u32 {
    let is_own = |slot: &Slot| {
        want.profile.slot_name.as_ref() == Some(&slot.name)
            && slot.kind == "logical"
            && !slot.is_lost()
    };
    u32::from(slots.iter().any(is_own))
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Ok(server) = db.server() else { return Remedy::none() };
    let slots = server.all_slots().unwrap_or_default();
    let lost: Vec<&Slot> = slots.iter().filter(|slot| slot.is_lost()).collect();
    if !lost.is_empty() {
        let drop = |remedy: Remedy, slot: &&Slot| remedy.then(drop_slot(slot));
        return lost.iter().fold(Remedy::none(), drop);
    }
    let all = server.setting_number("max_replication_slots").unwrap_or_default();
    let enough = headroom::enough(all);
    let raise = Remedy::from(parameter::set(db, "max_replication_slots", &enough.to_string()));
    match idle(slots) {
        names if names.is_empty() => raise,
        names => raise.then(Step::manual(
            Actor::Dba,
            format!("Instead, drop a slot that nobody needs any more; inactive now: {names}."),
        )),
    }
}

/// A lost slot cannot be used again by anybody.
fn drop_slot(slot: &Slot) -> Step {
    Step::dba(format!("SELECT pg_drop_replication_slot({});", literal(slot.name.untrusted())))
        .note("The slot has lost its WAL and cannot be used again; it only takes a place.")
}

fn idle(slots: &[Slot]) -> String {
    let idle = slots.iter().filter(|slot| !slot.active);
    idle.map(|slot| slot.name.untrusted()).collect::<Vec<_>>().join(", ")
}
