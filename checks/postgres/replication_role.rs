//! The account may open a replication connection.

use super::parameter;
use crate::facts::Postgres;
use crate::facts::postgres::{Role, Server};
use crate::quote::postgres::ident;
use crate::{
    Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/replication-role",
    title: "the account may replicate",
    level: Level::Required,
    tags: &["privileges", "replication"],
    doc: include_str!("replication_role.md"),
    judge,
    remedy,
};

/// Roles whose members may replicate on Amazon's services, where the attribute cannot be set.
const RDS_ROLES: [&str; 2] = ["rds_replication", "rds_superuser"];

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let role = server.role.as_ref().ok_or_else(|| Missing::Denied {
        what: "the login role's row in pg_roles".into(),
        needs: "SELECT on pg_roles".into(),
    })?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    let Some(by) = may_replicate(db, server, role) else {
        return Ok(refusal(db, server, finding).into());
    };
    Ok(finding(Outcome::Pass).observed(by).into())
}

/// What lets the role replicate, or `None`.
fn may_replicate(db: &Postgres, server: &Server, role: &Role) -> Option<&'static str> {
    let is_member = |name: &&str| membership(server, name) == Some(true);
    if role.replication {
        Some("REPLICATION")
    } else if role.superuser {
        Some("SUPERUSER")
    } else if is_amazon(db) {
        RDS_ROLES.into_iter().find(is_member)
    } else {
        None
    }
}

fn refusal(db: &Postgres, server: &Server, finding: impl Fn(Outcome) -> Finding) -> Finding {
    let expected = if is_amazon(db) { "membership in rds_replication" } else { "REPLICATION" };
    let found = finding(Outcome::Fail).expected(expected).observed("neither it nor SUPERUSER");
    if is_amazon(db) && membership(server, RDS_ROLES[0]) == Some(false) {
        return found
            .because("The account is a member of rds_replication but does not inherit it.");
    }
    if server.member_of.as_ref().is_some_and(|roles| !roles.is_empty()) {
        return found.because("REPLICATION is never inherited from a role that the account is in.");
    }
    found
}

fn membership(server: &Server, name: &str) -> Option<bool> {
    server.member_of.as_ref()?.get(name).copied()
}

fn is_amazon(db: &Postgres) -> bool {
    matches!(parameter::flavour(db), Flavour::Aurora | Flavour::Rds)
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let server = db.server().ok();
    let user = server.map_or(&want.user, |server| &server.session_user).untrusted();
    let role = ident(user);
    match parameter::flavour(db) {
        Flavour::Rds | Flavour::Aurora => grant_rds_replication(server, &role),
        Flavour::Neon => Step::console(format!(
            "Create {user} in the console or by the API: only such roles may replicate."
        )),
        flavour => Step::dba(format!("ALTER ROLE {role} REPLICATION;"))
            .undo(format!("ALTER ROLE {role} NOREPLICATION;"))
            .note(who_may_set_it(flavour)),
    }
    .costs(Cost::Reconnect)
    .into()
}

fn grant_rds_replication(server: Option<&Server>, role: &str) -> Step {
    if server.and_then(|server| membership(server, RDS_ROLES[0])).is_some() {
        return Step::dba(format!("ALTER ROLE {role} INHERIT;"))
            .undo(format!("ALTER ROLE {role} NOINHERIT;"))
            .note("From PostgreSQL 16 on: GRANT rds_replication again, WITH INHERIT TRUE.");
    }
    Step::dba(format!("GRANT rds_replication TO {role};"))
        .undo(format!("REVOKE rds_replication FROM {role};"))
        .note("As the master user. The attribute REPLICATION cannot be set here.")
}

fn who_may_set_it(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::AlibabaRds | Flavour::PolarDb => "As the privileged account of the console.",
        Flavour::AlloyDb => "As a member of alloydbsuperuser.",
        Flavour::Azure => "As the server's administrator.",
        Flavour::CloudSql => "As a member of cloudsqlsuperuser.",
        Flavour::Supabase => "As the role postgres.",
        _ => {
            "As superuser. A replication role can read every table of a database through a slot, \
             and drop inactive slots: give it to this account only."
        }
    }
}
