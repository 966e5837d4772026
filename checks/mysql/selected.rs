//! The selected tables, as findings name them.

use crate::Finding;
use crate::facts::MySql;
use crate::facts::mysql::Table;

/// The table that a finding is about.
pub(super) fn table<'a>(db: &'a MySql, finding: &Finding) -> Option<&'a Table> {
    let tables = db.tables.known().map_or(&[][..], |tables| &tables.found);
    tables.iter().find(|table| table.name.display() == finding.subject.name())
}
