//! The privileges that roles give are in force.

use super::{account, table_select};
use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::privileges::mysql::Role;
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/roles-inactive",
    title: "the account's roles are active",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("roles_inactive.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let inactive = account::inactive_roles(db)?;
    if inactive.is_empty() {
        return Ok(if account::grants(db)?.granted_roles().is_empty() {
            Verdict::not_applicable("the account has no roles")
        } else {
            Finding::of(account::subject(db), Outcome::Pass).into()
        });
    }
    let names: Vec<String> = inactive.iter().map(Role::quoted).collect();
    let finding = |outcome| {
        let observed = format!("not active: {}", names.join(", "));
        Finding::of(account::subject(db), outcome).observed(observed)
    };
    let held = held_back(db, intent)?;
    if held.is_empty() {
        return Ok(finding(Outcome::Pass).because("nothing that is needed sits in them").into());
    }
    let message = format!("a new session does not have: {}", held.join("; "));
    Ok(finding(Outcome::Fail).expected("active in every session").because(message).into())
}

/// What is needed, missing, and would be there with the roles active.
///
/// # Errors
/// Where something is missing and nobody knows what the roles hold.
fn held_back(db: &MySql, intent: &Intent) -> Result<Vec<String>, Missing> {
    let is_denied = |missing: Option<Missing>| matches!(missing, Some(Missing::Denied { .. }));
    let client = db.identity.get()?.client_privilege();
    let mut missing: Vec<(String, bool)> = Vec::new();
    if !super::replication_slave::is_held(db)? {
        missing.push(("REPLICATION SLAVE".into(), account::role_has(db, "REPLICATION SLAVE")));
    }
    if is_denied(db.binlog_position.get().err()) {
        missing.push((client.into(), account::role_has(db, client)));
    }
    for table in unreadable(db, intent) {
        let what = format!("SELECT on {}", table.display().untrusted());
        missing.push((what, account::role_reads(db, table)));
    }
    if !missing.is_empty() {
        db.role_grants.get()?;
    }
    Ok(missing.into_iter().filter(|(_, in_role)| *in_role).map(|(what, _)| what).collect())
}

fn unreadable<'a>(
    db: &'a MySql,
    intent: &Intent,
) -> impl Iterator<Item = &'a crate::TableName> + use<'a> {
    let tables = db.tables.known().filter(|_| intent.reads_rows());
    let found = tables.into_iter().flat_map(|tables| &tables.found);
    let grants = account::grants(db).ok();
    let closed = found.filter(move |table| table_select::closed(grants.as_ref(), table).is_some());
    let absent = tables.into_iter().flat_map(|tables| &tables.absent);
    closed.map(|table| &table.name).chain(absent.map(|table| &table.name))
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let (Some(identity), Ok(roles)) = (db.identity.known(), account::inactive_roles(db)) else {
        return Remedy::none();
    };
    let account = quote::account(identity.current_user.untrusted());
    let step = match (identity.line(), roles.as_slice()) {
        (Line::MySql, _) => Step::dba(format!("SET DEFAULT ROLE ALL TO {account};"))
            .undo(format!("SET DEFAULT ROLE {} TO {account};", active(db))),
        (Line::MariaDb, [role, others @ ..]) => {
            let step = Step::dba(format!("SET DEFAULT ROLE {} FOR {account};", role.quoted()))
                .undo(format!("SET DEFAULT ROLE NONE FOR {account};"));
            let note = "MariaDB has one default role: grant the others to it.";
            if others.is_empty() { step } else { step.note(note) }
        }
        (Line::MariaDb, []) => return Remedy::none(),
    };
    step.costs(Cost::Reconnect).into()
}

/// The roles that are active in each session so far, in a statement.
fn active(db: &MySql) -> String {
    let grants = account::grants(db);
    let active: Vec<String> =
        grants.iter().flat_map(|grants| grants.active_roles()).map(Role::quoted).collect();
    if active.is_empty() { "NONE".to_owned() } else { active.join(", ") }
}
