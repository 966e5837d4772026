//! No open transaction delays the creation of the slot.

use crate::facts::Postgres;
use crate::facts::postgres::Writer;
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
        .filter(|writer| is_long(writer, want))
        .map(|writer| describe(writer))
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

fn describe(writer: &Writer) -> String {
    let pid = writer.pid.unwrap_or_default();
    let database = writer.database.as_ref().map_or("", Text::untrusted);
    match writer.seconds {
        Some(seconds) => format!("process {pid} in {database} for {seconds} s"),
        None => format!("process {pid} in {database}, {} transactions ago", writer.age),
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let writers = writers(db).unwrap_or_default();
    let long = writers.into_iter().filter(|writer| is_long(writer, want));
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
