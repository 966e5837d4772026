//! Texts are in character sets that readers can decode.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/charset",
    title: "the texts can be decoded",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("charset.md"),
    judge,
    remedy,
};

const UNUSUAL: [&str; 8] =
    ["armscii8", "dec8", "geostd8", "hp8", "keybcs2", "macce", "macroman", "swe7"];
const WHY: &str = "readers without this character set in their list deliver other letters";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let mut found = Vec::new();
    for column in &table.columns {
        let charset = charset(column);
        if UNUSUAL.contains(&charset) {
            found.push(format!("{} {charset}", column.name.untrusted()));
        }
    }
    if found.is_empty() {
        return Finding::table(table.name.display(), Outcome::Pass);
    }
    let finding = Finding::table(table.name.display(), Outcome::Warn).expected("utf8mb4");
    finding.observed(found.join(", ")).because(WHY)
}

/// The character set, which a collation's name begins with.
fn charset(column: &Column) -> &str {
    column.collation.untrusted().split('_').next().unwrap_or_default()
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    Step::owner(format!("ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4;"))
        .costs(Cost::Rebuild)
        .note("Copies the table, and converts every text in it.")
        .into()
}
