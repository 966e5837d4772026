//! The connector's place survives a failover.

use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{
    Actor, Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Text,
    Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/failover-slots",
    title: "slots survive a failover",
    level: Level::Recommended,
    tags: &["replication", "retention"],
    doc: include_str!("failover_slots.md"),
    judge,
    remedy,
};

/// From this major version on, standbys can keep copies of slots.
const KEEPS_COPIES: u32 = 17;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let slots = server.all_slots()?;
    let is_standby = |kind: &str| kind == "physical";
    let standbys = slots.iter().filter(|slot| is_standby(&slot.kind) && !slot.temporary).count();
    if let Some(by) = kept_by(server, want) {
        return Ok(Finding::server(Outcome::Pass).observed(by).into());
    }
    if standbys == 0 {
        let message = "A provider's own standbys do not show.";
        let finding = Finding::server(Outcome::Pass).observed("no standby is seen");
        return Ok(finding.because(message).into());
    }
    Ok(Finding::server(Outcome::Warn)
        .expected("slots that standbys keep a copy of")
        .observed(format!("{standbys} physical slots, and no logical slot on standbys"))
        .because(
            "After a failover the connector's slot is not there: what changed meanwhile is lost, \
             or a new snapshot is read.",
        )
        .into())
}

/// What keeps slots over a failover.
fn kept_by(server: &Server, want: &Intent) -> Option<&'static str> {
    let is_on = |name: &str| {
        let value = server.setting_text(name).unwrap_or("");
        !matches!(value, "" | "off" | "false" | "none")
    };
    let has_copies = || {
        let slots = server.slots.iter().flatten();
        slots.filter(|slot| slot.failover == Some(true) || slot.synced == Some(true)).count() > 0
    };
    let extension = "pg_failover_slots";
    if server.extensions.as_ref().is_some_and(|all| all.contains_key(extension)) {
        Some("the extension pg_failover_slots")
    } else if is_on("rds_failover_slot_mode") {
        Some("rds_failover_slot_mode")
    } else if is_on("sync_replication_slots") {
        Some("sync_replication_slots")
    } else if want.profile.failover_slot || has_copies() {
        Some("failover slots")
    } else {
        None
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let major = db.server().map_or(0, Server::major);
    let flavour = db.platform();
    let who = want.profile.slot_name.as_ref().map_or("the connector's slot", Text::untrusted);
    let keeps_copies = major >= KEEPS_COPIES;
    match flavour {
        Flavour::AlibabaRds => Step::console(
            "Set rds_failover_slot_mode to async or sync on the console's parameter page.",
        ),
        Flavour::Azure if keeps_copies => Step::console(format!(
            "Set the server parameters sync_replication_slots and hot_standby_feedback to on, and \
             have {who} made with failover = true."
        )),
        Flavour::Azure => Step::console(
            "Add pg_failover_slots to the server parameters azure.extensions and \
             shared_preload_libraries, then restart the server.",
        )
        .costs(Cost::Restart),
        _ if keeps_copies => Step::manual(
            Actor::Dba,
            format!(
                "On the standbys set sync_replication_slots = on, hot_standby_feedback = on and \
                 primary_slot_name, and have {who} made with failover = true."
            ),
        ),
        _ => Step::manual(
            Actor::Dba,
            format!(
                "Install pg_failover_slots where {} has it, or plan for a new snapshot after each \
                 failover: before PostgreSQL 17 standbys keep no copies of slots.",
                flavour.as_str()
            ),
        ),
    }
    .into()
}
