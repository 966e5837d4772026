//! The selected tables, as checks walk them and as statements name them.

use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::quote::postgres::qualified;
use crate::{Finding, Missing, Subject, TableName, Verdict};

/// One finding for each selected table that holds rows. What is no table is told by
/// `postgres/table-kind` alone.
pub(super) fn judge_each(
    db: &Postgres,
    judge: impl Fn(&Table) -> Finding,
) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?.found.iter().filter(|table| table.kind.is_table());
    Ok(Verdict::each(tables.map(judge)))
}

/// The table that a finding is about.
pub(super) fn table<'a>(finding: &Finding, db: &'a Postgres) -> Option<&'a Table> {
    let Subject::Table(name) = &finding.subject else { return None };
    db.tables.known()?.found.iter().find(|table| table.name.is_displayed_as(name))
}

/// A table's name in a statement.
pub(super) fn sql(name: &TableName) -> String {
    qualified(name.schema.untrusted(), name.name.untrusted())
}
