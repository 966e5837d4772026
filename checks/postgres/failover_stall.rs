//! No absent standby holds failover slots up.

use super::parameter;
use crate::facts::Postgres;
use crate::facts::postgres::{Server, Slot};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/failover-stall",
    title: "no absent standby holds slots up",
    level: Level::Required,
    tags: &["replication", "settings"],
    doc: include_str!("failover_stall.md"),
    judge,
    remedy,
};

/// From this major version on, failover slots wait for standbys.
const WAITS: u32 = 17;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if server.major() < WAITS {
        return Ok(Verdict::not_applicable("Before PostgreSQL 17 no slot waits for standbys."));
    }
    let names = server.setting_text("synchronized_standby_slots")?;
    let slots = server.all_slots()?;
    let absent: Vec<&str> = entries(names).filter(|name| !follows(slots, name)).collect();
    if absent.is_empty() {
        let observed = if names.is_empty() { "no standby is waited for" } else { names };
        return Ok(Finding::server(Outcome::Pass).observed(observed).into());
    }
    let (outcome, message) = who_waits(server, want);
    Ok(Finding::server(outcome)
        .expected("active physical slots")
        .observed(absent.join(", "))
        .because(message)
        .into())
}

fn entries(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty())
}

fn follows(slots: &[Slot], name: &str) -> bool {
    let is_it = |slot: &&Slot| slot.name.untrusted() == name;
    slots.iter().find(is_it).is_some_and(|slot| slot.kind == "physical" && slot.active)
}

fn who_waits(server: &Server, want: &Intent) -> (Outcome, &'static str) {
    let mut waiting = server.slots.iter().flatten().filter(|slot| slot.failover == Some(true));
    let is_connectors = |slot: &Slot| want.profile.slot_name.as_ref() == Some(&slot.name);
    if want.profile.failover_slot || waiting.clone().any(is_connectors) {
        (
            Outcome::Fail,
            "The connector's slot is a failover slot: it gives nothing until these follow.",
        )
    } else if waiting.next().is_some() {
        (Outcome::Warn, "Failover slots of others give nothing until these follow.")
    } else {
        (Outcome::Pass, "Failover slots would wait for these; the connector's is none.")
    }
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let slots = db.server().and_then(Server::all_slots).unwrap_or_default();
    let names = db.server().and_then(|server| server.setting_text("synchronized_standby_slots"));
    let there: Vec<&str> =
        entries(names.unwrap_or("")).filter(|name| follows(slots, name)).collect();
    let mut remedy = parameter::reload(db, "synchronized_standby_slots", &there.join(", "));
    for step in remedy.steps.iter_mut().take(1) {
        step.note = Some("Or start the standbys that use these slots again.".into());
    }
    remedy
}
