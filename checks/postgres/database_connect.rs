//! The account may connect to the database.

use super::session::login_role;
use crate::facts::Postgres;
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/database-connect",
    title: "the account may connect to the database",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("database_connect.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let database = &server.database;
    let may = *server.recorded(database.may_connect.as_ref(), "the privilege CONNECT")?;
    let open = *server.recorded(database.allows_connections.as_ref(), "ALLOW_CONNECTIONS")?;
    let finding = |outcome| Finding::of(Subject::Database(database.name.clone()), outcome);
    Ok(match (may, open) {
        (true, true) => finding(Outcome::Pass).observed("CONNECT"),
        (_, false) => finding(Outcome::Fail).expected("connections").observed("no connections"),
        (false, true) => finding(Outcome::Fail).expected("CONNECT").observed("no CONNECT"),
    }
    .into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let name = ident(want.database.untrusted());
    if db.server().is_ok_and(|server| server.database.allows_connections == Some(false)) {
        return Step::dba(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true;"))
            .undo(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false;"))
            .into();
    }
    let role = login_role(db, want);
    Step::dba(format!("GRANT CONNECT ON DATABASE {name} TO {role};"))
        .undo(format!("REVOKE CONNECT ON DATABASE {name} FROM {role};"))
        .into()
}
