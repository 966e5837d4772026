//! The account may stream the binary log.

use super::account;
use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::privileges::mysql::Need;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/replication-slave",
    title: "the account may stream the binary log",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("replication_slave.md"),
    judge,
    remedy,
};

const PRIVILEGE: &str = "REPLICATION SLAVE";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let finding = |outcome| Finding::of(account::subject(db), outcome).expected(PRIVILEGE);
    if is_held(db)? {
        return Ok(finding(Outcome::Pass).into());
    }
    if account::role_has(db, PRIVILEGE) {
        return Err(account::sits_in_role());
    }
    let message = "the server answers the first request for its log with error 1045, as if the \
                   password were wrong";
    Ok(finding(Outcome::Fail).observed("not granted").because(message).into())
}

/// Whether the privilege is in force.
///
/// On MySQL the list of replicas is shown to those who have it and to nobody else, so the server's
/// answer decides. MariaDB asks for another privilege there; its grants are all there is to go by.
pub(super) fn is_held(db: &MySql) -> Result<bool, Missing> {
    let line = db.identity.get()?.line();
    match (line, db.replicas.get()) {
        (Line::MySql, Ok(_)) => Ok(true),
        (Line::MySql, Err(Missing::Denied { .. })) => Ok(false),
        (Line::MySql, Err(missing)) if !matches!(missing, Missing::Unsupported { .. }) => {
            Err(missing)
        }
        _ => Ok(account::grants(db)?.has_global(PRIVILEGE)),
    }
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let mut remedy = account::grant(db, &[Need::Global(PRIVILEGE)]);
    // Privileges on everything are copied when a session begins.
    remedy.steps.iter_mut().for_each(|step| step.cost = Cost::Reconnect);
    remedy
}
