//! No event outgrows what the service takes.

use super::selected::table;
use crate::event_size::EventSize;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/event-size",
    title: "events fit the service's limit",
    level: Level::Informational,
    tags: &["events", "tables"],
    doc: include_str!("event_size.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, want: &Intent) -> Result<Verdict, Missing> {
    let judge = |table| {
        let table: &crate::facts::mysql::Table = table;
        EventSize::of_mysql(table).judge(table.name.display(), want)
    };
    Ok(Verdict::each(db.tables.get()?.found.iter().map(judge)))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = table(db, finding) else { return Remedy::none() };
    let name = table.name.display();
    let instruction = format!(
        "Give the text columns of {} the limits that their values need, keep large values in a \
         table that is not captured, or have the connector leave them out.",
        name.untrusted()
    );
    Step::manual(Actor::Owner, instruction).into()
}
