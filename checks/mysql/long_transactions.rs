//! No transaction has been open for long.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/long-transactions",
    title: "no transaction is open for long",
    level: Level::Recommended,
    tags: &["load"],
    doc: include_str!("long_transactions.md"),
    judge,
    remedy,
};

const WHY: &str = "a snapshot that locks waits for its end, and all writes wait for the snapshot";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.reads_rows() {
        return Ok(Verdict::not_applicable("rows that exist already are not read"));
    }
    let limit = u64::from(intent.thresholds.snapshot_wait_warn_seconds);
    let oldest = db.activity.transactions.get()?.first();
    let finding =
        |outcome| Finding::server(outcome).expected(format!("none is older than {limit} s"));
    Ok(match oldest {
        Some(oldest) if oldest.seconds >= limit => {
            let (seconds, session) = (oldest.seconds, oldest.session);
            let rows = oldest.rows_changed;
            let observed = format!("{seconds} s in session {session}, with {rows} changed rows");
            finding(Outcome::Warn).observed(observed).because(WHY)
        }
        Some(oldest) => finding(Outcome::Pass).observed(format!("{} s", oldest.seconds)),
        None => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let limit = u64::from(intent.thresholds.snapshot_wait_warn_seconds);
    let open = db.activity.transactions.known().map_or(&[][..], Vec::as_slice);
    let old = open.iter().filter(|one| one.seconds >= limit && one.session > 0);
    let steps = old.map(|one| {
        Step::dba(format!("KILL {};", one.session))
            .note("Rolls back what it has changed; better let the application end it.")
    });
    Remedy { steps: steps.collect() }
}
