//! No partial revoke takes a selected database out of a wider grant.

use super::{account, table_select};
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::privileges::mysql::{Grants, Need};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/partial-revokes",
    title: "nothing is taken out of the grants",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("partial_revokes.md"),
    judge,
    remedy,
};

pub(super) const ID: &str = "mysql/partial-revokes";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if db.optional_variable("partial_revokes")? != Some("ON") {
        return Ok(Verdict::not_applicable("partial_revokes is off"));
    }
    let grants = account::grants(db)?;
    let schemas = schemas(db, &grants, intent)?.into_iter();
    Ok(Verdict::each(schemas.map(|(schema, is_closed)| finding(&grants, schema, is_closed))))
}

/// The databases of the selected tables, each with whether any of these cannot be read: where all
/// can, another grant opens what the revoke has closed.
fn schemas<'a>(
    db: &'a MySql,
    grants: &Grants,
    intent: &Intent,
) -> Result<Vec<(&'a Text, bool)>, Missing> {
    let tables = db.tables.get()?;
    let found = tables.found.iter();
    let is_closed =
        |table: &Table| intent.reads_rows() && table_select::closed(Some(grants), table).is_some();
    let found = found.map(|table| (&table.name.schema, is_closed(table)));
    let absent = tables.absent.iter().map(|table| (&table.name.schema, true));
    let mut schemas: Vec<(&Text, bool)> = Vec::new();
    for (schema, is_closed) in found.chain(absent) {
        match schemas.iter_mut().find(|(own, _)| *own == schema) {
            Some((_, closed)) => *closed |= is_closed,
            None => schemas.push((schema, is_closed)),
        }
    }
    Ok(schemas)
}

fn finding(grants: &Grants, schema: &Text, is_closed: bool) -> Finding {
    let finding = |outcome| Finding::of(Subject::Database(schema.clone()), outcome);
    match table_select::explanation(grants, schema.untrusted()).filter(|_| is_closed) {
        Some(why) => finding(Outcome::Fail).expected("SELECT on all of it").because(why),
        None => finding(Outcome::Pass),
    }
}

/// Whether this check speaks of a database.
pub(super) fn takes_out(db: &MySql, grants: Option<&Grants>, schema: &str) -> bool {
    matches!(db.optional_variable("partial_revokes"), Ok(Some("ON")))
        && grants.is_some_and(|grants| table_select::explanation(grants, schema).is_some())
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    account::grant(db, &[Need::OnSchema("SELECT", finding.subject.name())])
}
