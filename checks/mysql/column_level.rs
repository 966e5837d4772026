//! What the account may read of a table, it may read whole.

use super::{account, table_select};
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::privileges::mysql::{Grants, Need};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

use super::selected;

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/column-level",
    title: "no column is closed to the account",
    level: Level::Required,
    tags: &["privileges", "tables"],
    doc: include_str!("column_level.md"),
    judge,
    remedy,
};

pub(super) const ID: &str = "mysql/column-level";
const WHY: &str = "SELECT * fails with error 1142; events have every column all the same, also those \
                   that are meant to be hidden";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.reads_rows() {
        return Ok(Verdict::not_applicable("rows that exist already are not read"));
    }
    let grants = account::grants(db).ok();
    let found = db.tables.get()?.found.iter();
    Ok(Verdict::each(found.map(|table| finding(db, grants.as_ref(), table))))
}

fn finding(db: &MySql, grants: Option<&Grants>, table: &Table) -> Finding {
    let name = table.name.display();
    let Some(closed) = table_select::partly_closed(grants, table) else {
        return Finding::table(name, Outcome::Pass);
    };
    if account::role_reads(db, &table.name) {
        return Finding::unknown(Subject::Table(name), account::sits_in_role());
    }
    let finding = Finding::table(name, Outcome::Fail).expected("SELECT on every column");
    finding.observed(closed).because(WHY)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let table = selected::table(db, finding);
    table.map_or_else(Remedy::none, |table| account::grant(db, &[Need::Select(table.name.clone())]))
}
