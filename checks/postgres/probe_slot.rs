//! A logical slot can be created, and goes away again.

use super::trial;
use crate::facts::Postgres;
use crate::facts::postgres::{Holder, Probe, ProbedSlot};
use crate::quote::postgres::literal;
use crate::{
    Actor, Check, Fact, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/probe-slot",
    title: "a logical slot can be created",
    level: Level::Required,
    tags: &["probe", "replication"],
    doc: include_str!("probe_slot.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::probe(db)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    if let Err(missing) = probe.slot.get()
        && trial::was_waiting(&missing)
    {
        return Ok(waiting(probe, &missing, want).into());
    }
    Ok(trial::tried(&probe.slot)?.map_or_else(|refused| refused, |slot| created(probe, slot)))
}

fn created(probe: &Probe, slot: &ProbedSlot) -> Verdict {
    let name = slot.name.untrusted();
    if probe.slot_removed == Fact::Known(false) {
        return Finding::server(Outcome::Warn)
            .observed(name)
            .because("The temporary slot is still there after its connection has ended.")
            .into();
    }
    let finding = Finding::server(Outcome::Pass)
        .observed(format!("consistent at {}", slot.consistent_point.untrusted()));
    if probe.waited_for.is_empty() {
        return finding.into();
    }
    finding.because(format!("It had to wait for {}.", holders(&probe.waited_for))).into()
}

/// The connector would wait as well, but get its slot once the transactions have ended. One that
/// has been open for long is not taken to end by itself.
fn waiting(probe: &Probe, missing: &Missing, want: &Intent) -> Finding {
    let limit = i64::from(want.thresholds.long_transaction_fail_seconds);
    let whom = match probe.waited_for.as_slice() {
        [] => "a running transaction".to_owned(),
        some => holders(some),
    };
    let is_stuck =
        probe.waited_for.iter().filter_map(|one| one.seconds).any(|seconds| seconds > limit);
    let outcome = if is_stuck { Outcome::Fail } else { Outcome::Warn };
    let finding = Finding::server(outcome).because(format!(
        "The slot waits for {whom}: until that ends, the connector cannot start."
    ));
    let Missing::Refused { detail, code: Some(code), .. } = missing else { return finding };
    finding.observed(format!("{} ({code})", detail.untrusted()))
}

fn holders(holders: &[Holder]) -> String {
    let named: Vec<String> = holders.iter().map(holder).collect();
    named.join(", ")
}

fn holder(holder: &Holder) -> String {
    let xid = holder.xid.untrusted();
    let shown = |name: &Option<Text>| name.as_ref().map_or("?", Text::untrusted).to_owned();
    let since = holder.seconds.map_or_else(String::new, |seconds| format!(" for {seconds} s"));
    match (&holder.gid, holder.pid) {
        (Some(gid), _) => format!("prepared transaction {xid}, {}{since}", gid.untrusted()),
        (None, None) => format!("prepared transaction {xid}"),
        (None, Some(pid)) => {
            let (role, database) = (shown(&holder.role), shown(&holder.database));
            format!("transaction {xid} of process {pid} ({role} in {database}){since}")
        }
    }
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(probe) = db.probe.known() else { return Remedy::none() };
    match probe.slot.get() {
        Ok(slot) => {
            let name = literal(slot.name.untrusted());
            Step::dba(format!("SELECT pg_drop_replication_slot({name});"))
                .note("It was made by this program and holds WAL back.")
                .into()
        }
        Err(missing) if trial::was_waiting(&missing) => end(&probe.waited_for),
        Err(_) => trial::remedy(&probe.slot),
    }
}

fn end(holders: &[Holder]) -> Remedy {
    let wait =
        Step::manual(Actor::Dba, "Wait for the transaction to end, or end it; then run again.");
    holders.iter().fold(wait.into(), |remedy, holder| match (&holder.gid, holder.pid) {
        (Some(gid), _) => remedy.then(
            Step::dba(format!("ROLLBACK PREPARED {};", literal(gid.untrusted())))
                .note("In its own database; ask the transaction's coordinator before."),
        ),
        (None, Some(pid)) => remedy.then(
            Step::dba(format!("SELECT pg_terminate_backend({pid});"))
                .note("Ends that session; what its transaction has done so far is undone."),
        ),
        (None, None) => remedy,
    })
}
