//! No open transaction delays the creation of the slot.

use crate::facts::Postgres;
use crate::facts::postgres::{Holder, Probe, Writer};
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/long-transactions",
    title: "no transaction delays the slot",
    level: Level::Recommended,
    tags: &["slot"],
    doc: include_str!("long_transactions.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let writers = writers(db)?;
    let long: Vec<String> = writers
        .iter()
        .filter(|writer| is_long(writer, want) || held_up(db, writer))
        .map(|writer| describe(db, writer))
        .collect();
    if !long.is_empty() {
        return Ok(Finding::server(Outcome::Warn)
            .expected(format!(
                "none for more than {} s",
                want.thresholds.long_transaction_warn_seconds
            ))
            .observed(long.join(", "))
            .into());
    }
    if has_slot(db) {
        let all = format!("{}, all ended before the probe had its slot", writers.len());
        return Ok(Finding::server(Outcome::Pass).observed(all).into());
    }
    if writers.iter().any(|writer| writer.seconds.is_none()) {
        return Err(Missing::Denied {
            what: "how long writing transactions of other accounts have been open".into(),
            needs: "membership in pg_read_all_stats".into(),
        });
    }
    Ok(Finding::server(Outcome::Pass).observed(format!("{} short ones", writers.len())).into())
}

/// The writing transactions that a session owns; prepared ones have a check of their own.
fn writers(db: &Postgres) -> Result<Vec<&Writer>, Missing> {
    let server = db.server()?;
    let all = server.recorded(server.transactions.as_ref(), "open transactions")?;
    Ok(all.iter().filter(|writer| writer.pid.is_some()).collect())
}

fn is_long(writer: &Writer, want: &Intent) -> bool {
    let seconds = i64::from(want.thresholds.long_transaction_warn_seconds);
    writer.seconds.is_some_and(|open| open > seconds)
        || writer.age > i64::from(want.thresholds.long_transaction_warn_xids)
}

/// Whether the probe came by its slot: that waits for every transaction that was there before.
fn has_slot(db: &Postgres) -> bool {
    db.probe.known().is_some_and(|probe| probe.slot.known().is_some())
}

/// Whether the probe's slot waited for this transaction in vain. What the server hides from other
/// accounts, the wait shows.
fn held_up(db: &Postgres, writer: &Writer) -> bool {
    let waited = |probe: &Probe| probe.waited_for.iter().any(|one| is_same(one, writer));
    !has_slot(db) && db.probe.known().is_some_and(waited)
}

fn is_same(holder: &Holder, writer: &Writer) -> bool {
    holder.pid.is_some() && holder.pid.map(i64::from) == writer.pid
}

fn describe(db: &Postgres, writer: &Writer) -> String {
    let pid = writer.pid.unwrap_or_default();
    let database = writer.database.as_ref().map_or("", Text::untrusted);
    match writer.seconds {
        None if held_up(db, writer) => {
            format!("process {pid} in {database}, for which the probe's slot waited in vain")
        }
        Some(seconds) => format!("process {pid} in {database} for {seconds} s"),
        None => format!("process {pid} in {database}, {} transactions ago", writer.age),
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let writers = writers(db).unwrap_or_default();
    let long = writers.into_iter().filter(|writer| is_long(writer, want) || held_up(db, writer));
    let pids = long.filter_map(|writer| writer.pid);
    let wait = Step::manual(Actor::Owner, "Let these transactions end, or end them:");
    pids.fold(Remedy::from(wait), |remedy, pid| {
        remedy.then(
            Step::dba(format!("SELECT pg_terminate_backend({pid});"))
                .costs(Cost::Live)
                .note("Ends the session, and rolls back what it did since it began."),
        )
    })
}
