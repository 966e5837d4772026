//! Changes of the selected databases are written to the binary log.

use super::setting;
use crate::facts::MySql;
use crate::facts::mysql::{BinlogFilters, Identity};
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, Subject,
    Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/db-filters",
    title: "the binary log covers the selected databases",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("db_filters.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let filters = db.binlog_filters()?;
    if filters.only.is_empty() && filters.except.is_empty() {
        return Ok(Finding::server(Outcome::Pass).expected("no filter").into());
    }
    let identity = db.identity.get()?;
    let databases = databases(db, intent);
    Ok(Verdict::each(databases.iter().map(|name| finding(name, &filters, identity))))
}

fn finding(name: &Text, filters: &BinlogFilters<'_>, server: &Identity) -> Finding {
    let is_covered = filters.cover(name, server);
    let finding =
        |outcome| Finding::of(Subject::Database(name.clone()), outcome).expected("logged");
    let lost = "its changes are not written to the binary log";
    if !filters.only.is_empty() {
        let observed = format!("binlog_do_db = {}", filters.only.join(", "));
        return match is_covered {
            true => finding(Outcome::Warn).observed(observed).because(CHANGES),
            false => finding(Outcome::Fail).observed(observed).because(lost),
        };
    }
    let observed = format!("binlog_ignore_db = {}", filters.except.join(", "));
    match is_covered {
        true => finding(Outcome::Warn).observed(observed).because(CHANGES),
        false => finding(Outcome::Fail).observed(observed).because(lost),
    }
}

const CHANGES: &str = "it is logged, but there is a filter, which may change";

fn databases(db: &MySql, intent: &Intent) -> Vec<Text> {
    let mut names: Vec<Text> = match &intent.selection {
        Selection::Tables(tables) => tables.iter().map(|table| table.schema.clone()).collect(),
        Selection::Schemas(schemas) if !schemas.is_empty() => schemas.clone(),
        Selection::Schemas(_) => {
            let found = db.tables.known().map_or(&[][..], |tables| &tables.found);
            found.iter().map(|table| table.name.schema.clone()).collect()
        }
    };
    names.sort();
    names.dedup();
    names
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let platform = db.platform();
    let list = finding.observed.as_ref().map_or("", Text::untrusted);
    if finding.outcome == Outcome::Warn {
        return Step::manual(Actor::Dba, "Decide whether the filter is still wanted.").into();
    }
    let name = finding.subject.name();
    let name = name.untrusted();
    if platform.is_managed() {
        let place = setting::place(platform);
        let change = format!("Let the filters in {place} log the database {name}.");
        return Step::console(change).costs(Cost::Restart).into();
    }
    if list.starts_with("binlog_do_db") {
        let note = "Stands besides the lines that are there: each line adds a database.";
        let line = format!("binlog_do_db = {name}");
        return Step::config("my.cnf", "[mysqld]", line).note(note).into();
    }
    let instruction = format!("Take the line binlog_ignore_db = {name} out of my.cnf and restart.");
    Step::manual(Actor::Dba, instruction).costs(Cost::Restart).into()
}
