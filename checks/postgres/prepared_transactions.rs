//! No prepared transaction is left open.

use crate::facts::Postgres;
use crate::facts::postgres::PreparedTransaction;
use crate::quote::postgres::literal;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/prepared-transactions",
    title: "no prepared transaction is left open",
    level: Level::Required,
    tags: &["slot"],
    doc: include_str!("prepared_transactions.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let prepared = server.prepared_transactions.as_ref();
    let prepared = server.recorded(prepared, "prepared transactions")?;
    let Some(oldest) = prepared.iter().map(|one| one.seconds).max() else {
        return Ok(Finding::server(Outcome::Pass).observed("none").into());
    };
    let limit = i64::from(want.thresholds.prepared_transaction_fail_seconds);
    let outcome = if oldest >= limit { Outcome::Fail } else { Outcome::Warn };
    let names: Vec<String> = prepared.iter().map(describe).collect();
    Ok(Finding::server(outcome).expected("none").observed(names.join(", ")).into())
}

fn describe(one: &PreparedTransaction) -> String {
    let database = one.database.as_ref().map_or("", Text::untrusted);
    format!("{} in {database} for {} s", one.gid.untrusted(), one.seconds)
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let server = db.server().ok();
    let prepared = server.and_then(|server| server.prepared_transactions.as_deref());
    let steps = prepared.unwrap_or_default().iter().map(|one| {
        let gid = literal(one.gid.untrusted());
        let database = one.database.as_ref().map_or("", Text::untrusted);
        Step::manual(
            Actor::Owner,
            format!(
                "Ask the transaction's coordinator, then run COMMIT PREPARED {gid}; or ROLLBACK \
                 PREPARED {gid}; in {database}."
            ),
        )
        .note("As the role that prepared it, or as superuser.")
    });
    steps.fold(Remedy::none(), Remedy::then)
}
