//! The account's sessions run as the account.

use super::session::login_role;
use crate::facts::Postgres;
use crate::quote::postgres::ident;
use crate::{
    Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/role-indirection",
    title: "sessions run as the account",
    level: Level::Recommended,
    tags: &["privileges"],
    doc: include_str!("role_indirection.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let finding = |outcome| {
        Finding::of(Subject::Account(server.session_user.clone()), outcome)
            .observed(server.current_user.clone())
    };
    if server.session_user == server.current_user {
        return Ok(finding(Outcome::Pass).into());
    }
    let current = server.current_user.untrusted();
    Ok(finding(Outcome::Warn)
        .expected(server.session_user.clone())
        .because(format!(
            "Sessions are switched to the role {current}. A WAL sender is authorised as the login \
             role, but SELECT and functions on slots run as {current}."
        ))
        .into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let role = login_role(db, want);
    let current = db.server().map_or("", |server| server.current_user.untrusted());
    let database = ident(want.database.untrusted());
    let reset = |place: &str| {
        Step::dba(format!("ALTER ROLE {role}{place} RESET role;"))
            .undo(format!("ALTER ROLE {role}{place} SET role = {};", ident(current)))
            .costs(Cost::Reconnect)
    };
    // Both are harmless where nothing is set.
    Remedy::from(reset("")).then(
        reset(&format!(" IN DATABASE {database}"))
            .note("Grant SELECT and USAGE to the account itself: see postgres/table-select."),
    )
}
