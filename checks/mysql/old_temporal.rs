//! No column keeps times in the form of MySQL 5.5.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/old-temporal",
    title: "no times are in the form of MySQL 5.5",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("old_temporal.md"),
    judge,
    remedy,
};

/// How MySQL 5.7 and MariaDB mark them.
const MARKS: [&str; 2] = ["/* 5.5 binary format */", "/* mariadb-5.3 */"];
const WHY: &str = "events have them under type codes that newer readers do not know";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let old: Vec<&str> =
        table.columns.iter().filter(|c| is_old(c)).map(|c| c.name.untrusted()).collect();
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if old.is_empty() {
        return finding(Outcome::Pass);
    }
    finding(Outcome::Warn).observed(old.join(", ")).because(WHY)
}

fn is_old(column: &Column) -> bool {
    MARKS.iter().any(|mark| column.data_type.untrusted().contains(mark))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    Step::owner(format!("ALTER TABLE {name} FORCE;"))
        .costs(Cost::Rebuild)
        .note("Copies the table and blocks writes meanwhile.")
        .into()
}
