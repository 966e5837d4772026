//! No event trigger watches over changes of the schema.

use crate::facts::Postgres;
use crate::facts::postgres::EventTrigger;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/ddl-triggers",
    title: "no event trigger meddles with the schema",
    level: Level::Informational,
    tags: &["data"],
    doc: include_str!("ddl_triggers.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let triggers = server.recorded(server.event_triggers.as_ref(), "event triggers")?;
    let watching: Vec<&str> = triggers
        .iter()
        .filter(|trigger| watches(trigger))
        .map(|trigger| trigger.name.untrusted())
        .collect();
    let subject = Subject::Database(server.database.name.clone());
    if watching.is_empty() {
        return Ok(Finding::of(subject, Outcome::Pass).observed("none").into());
    }
    Ok(Finding::of(subject, Outcome::Warn).expected("none").observed(watching.join(", ")).into())
}

fn watches(trigger: &EventTrigger) -> bool {
    let event = trigger.event.as_str();
    trigger.enabled && (event.starts_with("ddl_command_") || event == "sql_drop")
}

fn remedy(_: &Finding, _: &Postgres, _: &Intent) -> Remedy {
    let instruction = "Read what the event triggers do before you run a remedy that changes the \
                       schema; drop those that a former tool left behind.";
    Step::manual(Actor::Dba, instruction).into()
}
