//! The account may see whether MariaDB is a replica, and how it is.

use super::account;
use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::privileges::mysql::Need;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/slave-monitor",
    title: "the account may see how replication is",
    level: Level::Informational,
    tags: &["privileges"],
    doc: include_str!("slave_monitor.md"),
    judge,
    remedy,
};

const PRIVILEGE: &str = "SLAVE MONITOR";
const WHY: &str = "whether the server is a replica that stopped or is late stays unknown";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    if db.identity.get()?.line() != Line::MariaDb {
        return Ok(Verdict::not_applicable("REPLICATION CLIENT shows it on MySQL"));
    }
    let finding = |outcome| Finding::of(account::subject(db), outcome).expected(PRIVILEGE);
    Ok(match db.upstream.get() {
        Ok(_) => finding(Outcome::Pass),
        Err(Missing::Denied { .. }) => finding(Outcome::Warn).observed("not granted").because(WHY),
        Err(missing) => return Err(missing),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let mut remedy = account::grant(db, &[Need::Global(PRIVILEGE)]);
    remedy.steps.iter_mut().for_each(|step| step.cost = Cost::Reconnect);
    remedy
}
