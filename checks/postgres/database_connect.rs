//! The account may connect to the database.

use crate::facts::Postgres;
use crate::privileges::postgres::{Need, missing_grants};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

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
    Remedy { steps: missing_grants(db, want, &[Need::Connect]) }
}
