//! The server refuses dates that do not exist.

use super::setting;
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/zero-dates",
    title: "no date is zero",
    level: Level::Recommended,
    tags: &["tables", "time"],
    doc: include_str!("zero_dates.md"),
    judge,
    remedy,
};

const DATES: [&str; 2] = ["NO_ZERO_DATE", "NO_ZERO_IN_DATE"];
const WHY: &str = "zero dates become NULL or 1970-01-01 in events";
const STOPS: &str = "a day that no month has, such as 2025-02-31, stops the engine";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let dated: Vec<&Table> =
        db.tables.get()?.found.iter().filter(|table| has_dates(table)).collect();
    let missing = missing(db)?;
    if dated.is_empty() {
        return Ok(Verdict::not_applicable("no selected table has a date"));
    }
    let allows_invalid = db.allows_invalid_dates()?;
    if missing.is_empty() && !allows_invalid {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    let tables: Vec<String> =
        dated.iter().map(|table| table.name.display().untrusted().to_owned()).collect();
    let mut observed = Vec::new();
    let mut reasons = Vec::new();
    if !missing.is_empty() {
        observed.push(format!("without {}", missing.join(", ")));
        reasons.push(WHY);
    }
    if allows_invalid {
        observed.push("with ALLOW_INVALID_DATES".to_owned());
        reasons.push(STOPS);
    }
    let message = format!("{}: {}", tables.join(", "), reasons.join("; "));
    let observed = format!("sql_mode {}", observed.join(", "));
    Ok(Finding::server(Outcome::Warn).observed(observed).because(message).into())
}

fn has_dates(table: &Table) -> bool {
    let is_date =
        |data_type: &str| ["date", "timestamp"].iter().any(|own| data_type.starts_with(own));
    table.columns.iter().any(|column| is_date(column.data_type.untrusted()))
}

/// The modes that would refuse such a date and are not there.
fn missing(db: &MySql) -> Result<Vec<&'static str>, Missing> {
    let modes: Vec<&str> = db.variable("sql_mode")?.split(',').collect();
    let mut missing: Vec<&str> =
        DATES.iter().filter(|mode| !modes.contains(mode)).copied().collect();
    if !modes.iter().any(|mode| mode.starts_with("STRICT_") || *mode == "TRADITIONAL") {
        missing.push("STRICT_TRANS_TABLES");
    }
    Ok(missing)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let (Ok(modes), Ok(missing)) = (db.variable("sql_mode"), missing(db)) else {
        return Remedy::none();
    };
    let kept = modes.split(',').filter(|mode| !mode.is_empty() && *mode != "ALLOW_INVALID_DATES");
    let all = kept.chain(missing);
    let all: Vec<&str> = all.collect();
    let mut remedy = setting::change_for_sessions(db, "sql_mode", &all.join(","));
    if let Some(first) = remedy.steps.first_mut() {
        first.note = Some(
            "Applications that write such dates get errors; rows that have them keep them.".into(),
        );
    }
    remedy
}
