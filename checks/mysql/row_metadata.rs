//! The binary log names columns where the reader needs it.

use super::setting;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/row-metadata",
    title: "the log says what the reader needs of columns",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("row_metadata.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(value) = db.optional_variable("binlog_row_metadata")? else {
        let outcome = outcome(intent);
        let finding = Finding::server(outcome).observed("nothing but positions");
        return Ok(finding.because(explain(intent)).into());
    };
    let outcome = if value == "FULL" { Outcome::Pass } else { outcome(intent) };
    Ok(Finding::server(outcome).expected("FULL").observed(value).because(explain(intent)).into())
}

fn outcome(intent: &Intent) -> Outcome {
    if intent.profile.reads_row_metadata { Outcome::Warn } else { Outcome::Pass }
}

fn explain(intent: &Intent) -> &'static str {
    if intent.profile.reads_row_metadata {
        "the reader matches columns by the names in the log"
    } else {
        "the reader follows the statements that change tables, and needs no names in the log"
    }
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    if !matches!(db.optional_variable("binlog_row_metadata"), Ok(Some(_))) {
        return Step::manual(Actor::Dba, "Upgrade to MySQL 8.0 or MariaDB 10.5.").into();
    }
    setting::change(db, "binlog_row_metadata", "FULL")
}
