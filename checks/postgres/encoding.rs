//! The database's text can be converted for the connector.

use crate::facts::Postgres;
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/encoding",
    title: "the database's text can be converted",
    level: Level::Required,
    tags: &["data"],
    doc: include_str!("encoding.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let database = &db.server()?.database;
    let (outcome, message) = match database.encoding.as_str() {
        "UTF8" => (Outcome::Pass, None),
        "SQL_ASCII" => (
            Outcome::Fail,
            Some(
                "The server takes any byte for text. The first that is not valid UTF-8 stops the \
                 stream at its place in the log, for good (SQLSTATE 22021).",
            ),
        ),
        "MULE_INTERNAL" => {
            (Outcome::Warn, Some("Not every character of it has a counterpart in UTF-8."))
        }
        _ => (Outcome::Pass, Some("The server converts it to UTF-8.")),
    };
    let finding = Finding::of(Subject::Database(database.name.clone()), outcome)
        .expected("UTF8")
        .observed(database.encoding.clone());
    Ok(message.map_or(finding.clone(), |message| finding.because(message)).into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let name = db.server().map_or(&want.database, |server| &server.database.name).untrusted();
    Step::manual(
        Actor::Dba,
        format!(
            "Create a database with ENCODING 'UTF8' from template0, and move {name} there by \
             pg_dump with the encoding that its text is really in."
        ),
    )
    .costs(Cost::Rebuild)
    .note("The encoding of a database cannot be changed.")
    .into()
}
