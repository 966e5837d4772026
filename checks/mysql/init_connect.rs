//! The server runs nothing of its own in the sessions of a connector.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/init-connect",
    title: "sessions begin without statements of the server",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("init_connect.md"),
    judge,
    remedy,
};

/// What a statement holds that changes what a reader gets, in lower case.
const HARMFUL: [(&str, &str); 4] = [
    ("sql_log_bin", "it decides what is written to the log"),
    ("binlog_", "it decides in which form changes are written to the log"),
    ("autocommit", "it changes where transactions of the connector begin and end"),
    ("time_zone", "it shifts values of the type TIMESTAMP in the snapshot"),
];
const ANY: &str = "an error in it ends every session of the connector";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let statements = db.variable("init_connect")?;
    if statements.trim().is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    let lower = statements.to_ascii_lowercase();
    let harm = HARMFUL.iter().find(|(word, _)| lower.contains(word));
    let finding = |outcome| Finding::server(outcome).expected("nothing").observed(statements);
    Ok(match harm {
        Some((_, why)) => finding(Outcome::Fail).because(*why),
        None => finding(Outcome::Warn).because(ANY),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "init_connect", "")
}
