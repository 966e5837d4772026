//! The account may see the position of the binary log.

use super::account;
use crate::facts::MySql;
use crate::privileges::mysql::Need;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/replication-client",
    title: "the account may see the binary log's position",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("replication_client.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let privilege = db.identity.get()?.client_privilege();
    let finding = |outcome| Finding::of(account::subject(db), outcome).expected(privilege);
    match db.binlog_position.get() {
        Ok(_) => Ok(finding(Outcome::Pass).into()),
        Err(Missing::Denied { .. }) if account::role_has(db, privilege) => {
            Err(account::sits_in_role())
        }
        Err(Missing::Denied { .. }) => Ok(finding(Outcome::Fail).observed("not granted").into()),
        Err(missing) => Err(missing),
    }
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(identity) = db.identity.known() else { return Remedy::none() };
    let mut remedy = account::grant(db, &[Need::Global(identity.client_privilege())]);
    // Privileges on everything are copied when a session begins.
    remedy.steps.iter_mut().for_each(|step| step.cost = Cost::Reconnect);
    remedy
}
