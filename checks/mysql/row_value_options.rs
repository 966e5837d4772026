//! JSON columns are logged as whole values.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/row-value-options",
    title: "JSON columns are logged as whole values",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("row_value_options.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(value) = db.optional_variable("binlog_row_value_options")? else {
        let message = "this version always logs whole values";
        return Ok(Finding::server(Outcome::Pass).because(message).into());
    };
    let outcome = if value.is_empty() { Outcome::Pass } else { Outcome::Fail };
    Ok(Finding::server(outcome).expected("").observed(value).into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "binlog_row_value_options", "")
}
