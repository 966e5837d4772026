//! The account may do what it needs, and little more.

use super::session::login_role;
use crate::facts::Postgres;
use crate::facts::postgres::Role;
use crate::{
    Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/role-scope",
    title: "the account may do no more than it needs",
    level: Level::Recommended,
    tags: &["privileges"],
    doc: include_str!("role_scope.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let role = server.role.as_ref().ok_or_else(|| Missing::Denied {
        what: "the login role's row in pg_roles".into(),
        needs: "SELECT on pg_roles".into(),
    })?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    if role.superuser {
        return Ok(finding(Outcome::Warn)
            .expected("REPLICATION and SELECT")
            .observed("SUPERUSER")
            .because("Whoever learns the connector's password owns the server.")
            .into());
    }
    let extras = extras(role);
    let observed = if extras.is_empty() { "nothing beside".into() } else { extras.join(", ") };
    Ok(finding(Outcome::Pass)
        .observed(observed)
        .because(
            "REPLICATION alone reads every table of the database through a slot, without SELECT, \
             and drops inactive slots.",
        )
        .into())
}

fn extras(role: &Role) -> Vec<&'static str> {
    let attributes = [
        (role.create_role, "CREATEROLE"),
        (role.create_database, "CREATEDB"),
        (Some(role.bypass_rls), "BYPASSRLS"),
    ];
    attributes.into_iter().filter(|(has, _)| *has == Some(true)).map(|(_, name)| name).collect()
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let role = login_role(db, want);
    Remedy::from(
        Step::dba(format!("ALTER ROLE {role} REPLICATION NOSUPERUSER;"))
            .undo(format!("ALTER ROLE {role} SUPERUSER;"))
            .costs(Cost::Reconnect)
            .note("Grant SELECT and USAGE on what is captured first: see postgres/table-select."),
    )
}
