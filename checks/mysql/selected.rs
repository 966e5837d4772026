//! The selected tables, as findings name them.

use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::{Finding, Subject};

/// The table that a finding is about.
pub(super) fn table<'a>(db: &'a MySql, finding: &Finding) -> Option<&'a Table> {
    let Subject::Table(name) = &finding.subject else { return None };
    db.tables.known()?.found.iter().find(|table| table.name.is_displayed_as(name))
}
