//! The way in which the account proves itself keeps its password safe.

use super::parameter;
use super::session::login_role;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/auth-method",
    title: "the login keeps the password safe",
    level: Level::Recommended,
    tags: &["privileges", "tls"],
    doc: include_str!("auth_method.md"),
    judge,
    remedy,
};

/// From this major version on, a session can ask how it was authenticated.
const TELLS: u32 = 16;

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if server.major() < TELLS {
        return Err(Missing::Unsupported {
            what: "the method of authentication".into(),
            since: "PostgreSQL 16".into(),
        });
    }
    // Both came into recordings together.
    server.recorded(server.commits.as_ref(), "the method of authentication")?;
    let (outcome, message) = by_method(server);
    let finding = Finding::of(Subject::Account(server.session_user.clone()), outcome)
        .expected("scram-sha-256")
        .observed(method(server));
    Ok(message.map_or(finding.clone(), |message| finding.because(message)).into())
}

fn method(server: &Server) -> &str {
    let user = server.system_user.as_ref().map_or("", |user| user.untrusted());
    user.split_once(':').map_or("trust", |(method, _)| method)
}

fn by_method(server: &Server) -> (Outcome, Option<&'static str>) {
    let is_encrypted = server.tls.as_ref().is_some_and(|tls| tls.encrypted);
    match method(server) {
        "trust" => (
            Outcome::Warn,
            Some("From here anybody is let in under this name, with any password or none."),
        ),
        "password" if !is_encrypted => {
            (Outcome::Warn, Some("The password crosses the network as it is."))
        }
        "md5" => (
            Outcome::Warn,
            Some(
                "The line of pg_hba.conf says md5, which is deprecated. It lets SCRAM secrets in, \
                 too: which one this account has, only a superuser can see.",
            ),
        ),
        _ => (Outcome::Pass, None),
    }
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let user = db.server().map_or("", |server| server.session_user.untrusted());
    if db.platform().is_managed() {
        let mut remedy = parameter::reload(db, "password_encryption", "scram-sha-256");
        let role = login_role(db, want);
        remedy.steps.push(
            Step::manual(Actor::Dba, format!("Set the password of {role} anew: \\password {role}"))
                .note(
                    "The provider keeps pg_hba.conf: what it asks for follows from the password.",
                ),
        );
        return remedy;
    }
    Step::manual(
        Actor::Dba,
        format!(
            "In pg_hba.conf, let {user} in by scram-sha-256 (hostssl, where the server has TLS), \
             set its password anew with password_encryption = scram-sha-256, and reload."
        ),
    )
    .costs(Cost::Reload)
    .into()
}
