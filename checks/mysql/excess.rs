//! The account cannot change anything.

use super::account;
use crate::facts::MySql;
use crate::privileges::mysql::Held;
use crate::quote::mysql as quote;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/excess",
    title: "the account can only read",
    level: Level::Recommended,
    tags: &["privileges"],
    doc: include_str!("excess.md"),
    judge,
    remedy,
};

/// Privileges that change data, or the server, or who may.
const WRITES: [&str; 15] = [
    "ALL",
    "ALL PRIVILEGES",
    "ALTER",
    "CREATE",
    "CREATE USER",
    "DELETE",
    "DROP",
    "FILE",
    "GRANT OPTION",
    "INSERT",
    "SHUTDOWN",
    "SUPER",
    "SYSTEM_USER",
    "TRIGGER",
    "UPDATE",
];
const WHY: &str = "a connector only reads: whatever else it may do is lost with its password";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let excess = excess(db)?;
    let finding = |outcome| Finding::of(account::subject(db), outcome).expected("reading only");
    if excess.is_empty() {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(Verdict::each(
        excess.iter().map(|held| finding(Outcome::Warn).observed(held.describe()).because(WHY)),
    ))
}

/// What the account does not need, object by object.
fn excess(db: &MySql) -> Result<Vec<Held>, Missing> {
    let mut held = account::grants(db)?.held();
    for one in &mut held {
        one.privileges.retain(|privilege| WRITES.contains(&privilege.as_str()));
    }
    held.retain(|one| !one.privileges.is_empty());
    Ok(held)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let (Some(identity), Ok(excess)) = (db.identity.known(), excess(db)) else {
        return Remedy::none();
    };
    let own = identity.current_user.untrusted();
    let is_meant = |one: &&Held| finding.observed.as_ref() == Some(&Text::new(one.describe()));
    let Some(held) = excess.iter().find(is_meant) else { return Remedy::none() };
    let is_all = held.privileges.iter().any(|privilege| privilege.starts_with("ALL"));
    if is_all || held.grantee != own {
        let instruction = "Use an account of its own for the connector, with REPLICATION SLAVE, \
                           REPLICATION CLIENT and SELECT only.";
        return Step::manual(Actor::Dba, instruction).into();
    }
    let account = quote::account(own);
    let (what, object) = (held.privileges.join(", "), &held.object);
    Step::dba(format!("REVOKE {what} ON {object} FROM {account};"))
        .undo(format!("GRANT {what} ON {object} TO {account};"))
        .note("Keep what a heartbeat or signal table needs, on that table only.")
        .into()
}
