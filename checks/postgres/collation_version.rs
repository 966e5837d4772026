//! The database's indexes sort as the operating system does now.

use crate::facts::Postgres;
use crate::quote::postgres::ident;
use crate::{
    Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/collation-version",
    title: "indexes sort as the system does",
    level: Level::Recommended,
    tags: &["data", "snapshot"],
    doc: include_str!("collation_version.md"),
    judge,
    remedy,
};

/// From this major version on, a database keeps the version of its collation.
const KEEPS_VERSION: u32 = 15;

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if server.major() < KEEPS_VERSION {
        let why = "Before PostgreSQL 15 a database does not keep its collation's version.";
        return Ok(Verdict::not_applicable(why));
    }
    let database = &server.database;
    let subject = Subject::Database(database.name.clone());
    let (Some(built), Some(now)) =
        (&database.collation_version, &database.current_collation_version)
    else {
        let finding = Finding::of(subject, Outcome::Pass);
        return Ok(finding.observed("a collation without versions").into());
    };
    if built == now {
        return Ok(Finding::of(subject, Outcome::Pass).observed(built.clone()).into());
    }
    Ok(Finding::of(subject, Outcome::Warn)
        .expected(now.clone())
        .observed(built.clone())
        .because(
            "Indexes on text were built with another version of the collation: a snapshot that \
             reads by such a key in portions may skip rows or read them twice.",
        )
        .into())
}

fn remedy(_: &Finding, _: &Postgres, want: &Intent) -> Remedy {
    let name = ident(want.database.untrusted());
    let reindex = Step::dba(format!("REINDEX DATABASE {name};"))
        .in_database(want.database.clone())
        .costs(Cost::Rebuild)
        .note("Blocks writes table by table. REINDEX ... CONCURRENTLY does not, and takes longer.");
    Remedy::from(reindex)
        .then(Step::dba(format!("ALTER DATABASE {name} REFRESH COLLATION VERSION;")))
}
