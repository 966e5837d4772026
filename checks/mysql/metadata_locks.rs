//! Nobody locks the definition of a selected table.

use crate::facts::MySql;
use crate::facts::mysql::MetadataLock;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/metadata-locks",
    title: "no session locks a selected table",
    level: Level::Informational,
    tags: &["load", "tables"],
    doc: include_str!("metadata_locks.md"),
    judge,
    remedy,
};

const WHY: &str = "a snapshot waits for it, and whatever comes later waits as well";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let locks = on_selected(db)?;
    if locks.is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    Ok(Verdict::each(locks.into_iter().map(|lock| {
        let verb = if lock.pending { "waits for" } else { "holds" };
        let observed = format!("session {} {verb} {}", lock.session, lock.kind.untrusted());
        Finding::table(lock.table.display(), Outcome::Warn).observed(observed).because(WHY)
    })))
}

fn on_selected(db: &MySql) -> Result<Vec<&MetadataLock>, Missing> {
    let (locks, tables) = (db.activity.metadata_locks.get()?, db.tables.get()?);
    let is_selected =
        |lock: &&MetadataLock| tables.found.iter().any(|table| table.name == lock.table);
    Ok(locks.iter().filter(is_selected).collect())
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let locks = on_selected(db).unwrap_or_default();
    let meant = locks.iter().filter(|lock| lock.table.display() == finding.subject.name());
    let steps = meant.map(|lock| {
        Step::dba(format!("KILL {};", lock.session))
            .note("Or wait: whoever alters or locks a table is done some day.")
    });
    Remedy { steps: steps.collect() }
}
