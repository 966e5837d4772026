//! A quiet database does not hold back what busy ones write.

use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/heartbeat",
    title: "the database is not quiet among busy ones",
    level: Level::Recommended,
    tags: &["retention", "wal"],
    doc: include_str!("heartbeat.md"),
    judge,
    remedy,
};

/// From this major version on, a message in the log is enough; before, a table has to be written.
const MESSAGES: u32 = 14;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let commits = server.recorded(server.commits.as_ref(), "committed transactions")?;
    let finding = |outcome| {
        Finding::of(Subject::Database(server.database.name.clone()), outcome)
            .observed(format!("{} commits here, {} elsewhere", commits.own, commits.others))
    };
    if want.profile.heartbeat {
        return Ok(finding(Outcome::Pass).because("The connector writes heartbeats.").into());
    }
    let ratio = i64::from(want.thresholds.heartbeat_warn_ratio);
    let is_quiet = commits.others / ratio.max(1) > commits.own;
    if !is_quiet || commits.others < i64::from(want.thresholds.heartbeat_warn_commits) {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Warn)
        .expected(format!("at most {ratio} commits elsewhere for each here, or a heartbeat"))
        .because(
            "The log is one for all databases. The connector confirms its place only by changes of \
             this one: meanwhile its slot keeps what all others write.",
        )
        .into())
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let has_messages = db.server().is_ok_and(|server| server.major() >= MESSAGES);
    Step::request(if has_messages {
        "Schedule SELECT pg_logical_emit_message(true, 'heartbeat', '') in this database, every \
         minute, if the connector reads messages; otherwise update a captured table as often."
    } else {
        "Schedule an update of a captured table in this database, every minute."
    })
    .into()
}
