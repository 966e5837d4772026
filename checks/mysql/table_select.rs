//! The account may read every column of the selected tables.

use super::{account, column_level, partial_revokes, selected};
use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::privileges::mysql::{Grants, Need, Readable};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/table-select",
    title: "the account may read the tables",
    level: Level::Required,
    tags: &["privileges", "tables"],
    doc: include_str!("table_select.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.reads_rows() {
        return Ok(Verdict::not_applicable("rows that exist already are not read"));
    }
    let tables = db.tables.get()?;
    let grants = account::grants(db).ok();
    let found = tables.found.iter().map(|table| finding(db, grants.as_ref(), table));
    let absent = tables.absent.iter().map(|table| {
        let because = "mysql/table-exists".to_owned();
        Finding::unknown(Subject::Table(table.name.display()), Missing::NotReached { because })
    });
    Ok(Verdict::each(found.chain(absent)))
}

fn finding(db: &MySql, grants: Option<&Grants>, table: &Table) -> Finding {
    let name = table.name.display();
    let Some(closed) = closed(grants, table) else { return Finding::table(name, Outcome::Pass) };
    if account::role_reads(db, &table.name) {
        return Finding::unknown(Subject::Table(name), account::sits_in_role());
    }
    let because = |id: &str| Missing::NotReached { because: id.to_owned() };
    if partial_revokes::takes_out(db, grants, table.name.schema.untrusted()) {
        return Finding::unknown(Subject::Table(name), because(partial_revokes::ID));
    }
    if partly_closed(grants, table).is_some() {
        return Finding::unknown(Subject::Table(name), because(column_level::ID));
    }
    Finding::table(name, Outcome::Fail).expected("SELECT on every column").observed(closed)
}

/// Which columns may not be read of a table of which some may.
pub(super) fn partly_closed(grants: Option<&Grants>, table: &Table) -> Option<String> {
    closed(grants, table).filter(|closed| closed != NOTHING)
}

const NOTHING: &str = "on none";

/// Which columns may not be read; `None` where all may.
pub(super) fn closed(grants: Option<&Grants>, table: &Table) -> Option<String> {
    let names = |columns: &[&Column]| {
        columns.iter().map(|column| column.name.untrusted()).collect::<Vec<_>>().join(", ")
    };
    let (open, closed): (Vec<_>, Vec<_>) = table.columns.iter().partition(|c| c.may_select);
    if open.is_empty() {
        return Some(NOTHING.to_owned());
    }
    if !closed.is_empty() {
        return Some(format!("not on {}", names(&closed)));
    }
    // Columns without any privilege are not even shown, so that all that are shown may be read.
    match grants?.readable(&table.name) {
        Readable::Columns(columns) => Some(format!("on {} only", columns.join(", "))),
        Readable::All | Readable::Nothing => None,
    }
}

/// What the grants say about why the privilege is missing.
pub(super) fn explanation(grants: &Grants, schema: &str) -> Option<Text> {
    if grants.is_revoked(schema) {
        let why = format!("a partial revoke takes the database {schema} out of a global grant");
        return Some(Text::new(why));
    }
    let pattern = grants.disarmed_pattern(schema)?;
    Some(Text::new(format!(
        "the grant on {pattern} does not fit {schema} while partial_revokes is on"
    )))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let table = selected::table(db, finding);
    table.map_or_else(Remedy::none, |table| account::grant(db, &[Need::Select(table.name.clone())]))
}
