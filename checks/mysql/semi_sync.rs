//! A reader does not see transactions that a failover takes back.

use super::setting;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/semi-sync",
    title: "no event precedes its acknowledgement",
    level: Level::Informational,
    tags: &["topology"],
    doc: include_str!("semi_sync.md"),
    judge,
    remedy,
};

const WHY: &str =
    "events come before the transaction is safe on a replica and visible in the table";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let first = |names: [&str; 2]| -> Result<Option<&str>, Missing> {
        Ok(db.optional_variable(names[0])?.or(db.optional_variable(names[1])?))
    };
    if first(["rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled"])? != Some("ON") {
        return Ok(Verdict::not_applicable("semi-synchronous replication is off"));
    }
    let wait = first(["rpl_semi_sync_source_wait_point", "rpl_semi_sync_master_wait_point"])?;
    Ok(match wait {
        Some("AFTER_SYNC") => Finding::server(Outcome::Warn).observed("AFTER_SYNC").because(WHY),
        Some(point) => Finding::server(Outcome::Pass).observed(point),
        None => Finding::server(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    if matches!(db.optional_variable("replication_sender_observe_commit_only"), Ok(Some("OFF"))) {
        return setting::change(db, "replication_sender_observe_commit_only", "ON");
    }
    let instruction =
        "Tell consumers that an event may be ahead of the table, and may be lost in a failover.";
    Step::manual(Actor::Requester, instruction).into()
}
