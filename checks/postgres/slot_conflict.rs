//! A slot of the connector's name is the connector's own.

use super::slot::{UNNAMED, drop_slot, name, named};
use crate::facts::Postgres;
use crate::facts::postgres::{Server, Slot};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-conflict",
    title: "nobody else has the slot",
    level: Level::Required,
    tags: &["slot"],
    doc: include_str!("slot_conflict.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let Some(name) = name(want) else { return Ok(Verdict::not_applicable(UNNAMED)) };
    let Some(slot) = named(db, name)? else {
        return Ok(Finding::server(Outcome::Pass).observed("no slot of that name").into());
    };
    let plugin = want.profile.output_plugin.as_str();
    let expected = format!("an inactive {plugin} slot of this database");
    Ok(match conflict(db.server()?, slot, plugin) {
        Some(conflict) => Finding::server(Outcome::Fail).expected(expected).observed(conflict),
        None => Finding::server(Outcome::Warn).observed("the slot is there already").because(
            "The connector goes on where its last consumer stopped: changes since then come again, \
             in addition to the snapshot.",
        ),
    }
    .into())
}

/// What makes a slot unusable under its name.
fn conflict(server: &Server, slot: &Slot, plugin: &str) -> Option<String> {
    let text = |text: &Option<Text>| text.as_ref().map_or("", Text::untrusted).to_owned();
    if slot.kind != "logical" {
        Some(format!("a {} slot", slot.kind))
    } else if slot.database.as_ref() != Some(&server.database.name) {
        Some(format!("a slot of the database {}", text(&slot.database)))
    } else if text(&slot.plugin) != plugin {
        Some(format!("a slot of the plugin {}", text(&slot.plugin)))
    } else if slot.synced == Some(true) {
        Some("a standby's copy of the primary's slot".into())
    } else if slot.temporary {
        Some("a temporary slot of another session".into())
    } else if slot.active {
        let pid = slot.active_pid.map(|pid| format!(" with the process {pid}"));
        Some(format!("a slot that is in use{}", pid.unwrap_or_default()))
    } else {
        None
    }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(name) = name(want) else { return Remedy::none() };
    let Ok(Some(slot)) = named(db, name) else { return Remedy::none() };
    if slot.active {
        return Step::manual(
            Actor::Dba,
            format!("Stop the consumer of the slot {name}, or have the connector use another."),
        )
        .into();
    }
    if finding.outcome == Outcome::Warn {
        return drop_slot(name)
            .note("Unless it is this connector's own, and it has to go on where it stopped.")
            .into();
    }
    let other = "Have the connector use another name";
    Remedy::from(Step::request(format!("{other}: the slot {name} is somebody else's.")))
        .then(Step::manual(Actor::Dba, format!("Or, if nobody needs it any more: {}", sql(name))))
}

fn sql(name: &str) -> String {
    match drop_slot(name).action {
        crate::Action::Sql { sql, .. } => sql.untrusted().to_owned(),
        _ => String::new(),
    }
}
