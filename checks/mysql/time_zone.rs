//! The server says its time zone so that every client understands the same.

use super::setting;
use crate::facts::MySql;
use crate::{
    Action, Check, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/time-zone",
    title: "the time zone is unambiguous",
    level: Level::Recommended,
    tags: &["time"],
    doc: include_str!("time_zone.md"),
    judge,
    remedy,
};

const AMBIGUOUS: [&str; 9] = ["AMT", "AST", "BST", "CST", "ECT", "EST", "IST", "MST", "PST"];
const MANY: &str = "several zones have this abbreviation, and drivers may take the wrong one";
const UNKNOWN: &str = "no client can tell which zone that is";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let zone = db.variable("time_zone")?;
    if zone != "SYSTEM" {
        return Ok(Finding::server(Outcome::Pass).observed(zone).into());
    }
    let system = db.variable("system_time_zone")?;
    let finding = |outcome| Finding::server(outcome).observed(format!("SYSTEM, which is {system}"));
    Ok(match system {
        "" => finding(Outcome::Warn).observed("SYSTEM, which is unknown").because(UNKNOWN),
        _ if AMBIGUOUS.contains(&system) => finding(Outcome::Warn).because(MANY),
        _ => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let seconds = db.identity.known().map_or(0, |identity| identity.utc_offset_seconds);
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() % 3600 / 60);
    let sign = if seconds < 0 { '-' } else { '+' };
    let name = if db.platform() == Flavour::CloudSql { "default_time_zone" } else { "time_zone" };
    let mut remedy =
        setting::change_for_sessions(db, name, &format!("{sign}{hours:02}:{minutes:02}"));
    for step in &mut remedy.steps {
        // The configuration file has another name for it.
        if let Action::Config { line, .. } = &mut step.action {
            *line = Text::new(format!("default_{}", line.untrusted()));
        }
    }
    remedy
}
