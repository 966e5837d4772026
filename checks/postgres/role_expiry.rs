//! The account's password does not expire soon.

use super::session::login_role;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/role-expiry",
    title: "the account's password stays valid",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("role_expiry.md"),
    judge,
    remedy,
};

const DAY: i64 = 86_400;

/// Methods of authentication that ask for no password of PostgreSQL's own.
const OTHER_METHODS: &[&str] =
    &["bsd", "cert", "gss", "ident", "ldap", "oauth", "pam", "peer", "radius", "sspi"];

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let role = server.role.as_ref().ok_or_else(|| Missing::Denied {
        what: "the login role's row in pg_roles".into(),
        needs: "SELECT on pg_roles".into(),
    })?;
    // Both came into recordings together.
    server.recorded(role.create_role.as_ref(), "the password's expiry")?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    let Some(left) = role.expires_in_seconds else {
        return Ok(finding(Outcome::Pass).observed("no expiry").into());
    };
    let warn = i64::from(want.thresholds.password_expiry_warn_days) * DAY;
    let outcome = match left {
        _ if uses_no_password(server) => Outcome::Pass,
        left if left <= 0 => Outcome::Fail,
        left if left < warn => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let observed =
        if left <= 0 { "expired".into() } else { format!("expires in {} days", left / DAY) };
    Ok(finding(outcome)
        .expected("valid for as long as changes are captured")
        .observed(observed)
        .into())
}

fn uses_no_password(server: &Server) -> bool {
    let user = server.system_user.as_ref().map_or("", |user| user.untrusted());
    user.split_once(':').is_some_and(|(method, _)| OTHER_METHODS.contains(&method))
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let role = login_role(db, want);
    Step::dba(format!("ALTER ROLE {role} VALID UNTIL 'infinity';"))
        .note("Or a later date, with a reminder: the connector stops at its next login after it.")
        .into()
}
