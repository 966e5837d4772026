//! The connector's slot is not far behind.

use super::slot::{ABSENT, UNNAMED, name, named};
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-lag",
    title: "the slot is not far behind",
    level: Level::Recommended,
    tags: &["retention", "slot"],
    doc: include_str!("slot_lag.md"),
    judge,
    remedy,
};

const MB: i64 = 1 << 20;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let Some(name) = name(want) else { return Ok(Verdict::not_applicable(UNNAMED)) };
    let server = db.server()?;
    let Some(slot) = named(db, name)? else { return Ok(Verdict::not_applicable(ABSENT)) };
    if slot.is_lost() {
        return Ok(Verdict::not_applicable("The slot is lost: see postgres/slot-health."));
    }
    let lag = slot.unconfirmed_bytes.max(slot.lag_bytes).ok_or_else(|| Missing::Unsupported {
        what: "the distance of a slot".into(),
        since: "the primary".into(),
    })? / MB;
    let limit = limit(server, want);
    let outcome = if lag > limit { Outcome::Warn } else { Outcome::Pass };
    let finding = Finding::server(outcome)
        .expected(format!("at most {limit} MB"))
        .observed(format!("{lag} MB"));
    Ok(match outcome {
        Outcome::Warn => finding.because("The connector starts with this backlog."),
        _ => finding,
    }
    .into())
}

/// The distance that is no worry, in MB: half of what is kept, where that is less.
fn limit(server: &Server, want: &Intent) -> i64 {
    let limit = i64::from(want.thresholds.slot_lag_warn_mb);
    match server.setting_number("max_slot_wal_keep_size") {
        Ok(kept) if kept >= 0 => limit.min(kept / 2),
        _ => limit,
    }
}

fn remedy(_: &Finding, _: &Postgres, want: &Intent) -> Remedy {
    let name = name(want).unwrap_or_default();
    Step::manual(
        Actor::Dba,
        format!(
            "Let the consumer of {name} catch up before the change, or drop the slot where a new \
             snapshot is wanted anyway."
        ),
    )
    .into()
}
