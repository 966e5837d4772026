//! The selected tables keep no history of their own.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/system-versioned",
    title: "the tables are not system-versioned",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("system_versioned.md"),
    judge,
    remedy,
};

const WHY: &str =
    "the log has columns that no metadata shows: readers stop, or put values into wrong columns";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if !table.is_system_versioned() {
        return finding(Outcome::Pass);
    }
    finding(Outcome::Fail).expected("BASE TABLE").observed("SYSTEM VERSIONED").because(WHY)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    let drop = Step::owner(format!("ALTER TABLE {name} DROP SYSTEM VERSIONING;"))
        .costs(Cost::Rebuild)
        .undo(format!("ALTER TABLE {name} ADD SYSTEM VERSIONING;"))
        .note("Deletes the history; or take the table out of TableNames.");
    drop.into()
}
