//! No event outgrows what the service takes.

use super::selected::{judge_each, table};
use crate::event_size::EventSize;
use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/event-size",
    title: "events fit the service's limit",
    level: Level::Informational,
    tags: &["events", "tables"],
    doc: include_str!("event_size.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| one(table, want))
}

fn one(table: &Table, want: &Intent) -> Finding {
    EventSize::of_postgres(table).judge(table.name.display(), want)
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = table.name.display();
    let instruction = format!(
        "Give the text columns of {} the limits that their values need, keep large values in a \
         table that is not captured, or have the connector leave them out.",
        name.untrusted()
    );
    Step::manual(Actor::Owner, instruction).into()
}
