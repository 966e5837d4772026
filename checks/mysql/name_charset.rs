//! The names of the tables survive everything that they are put into.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::quote::mysql as quote;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/name-charset",
    title: "the names are plain",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("name_charset.md"),
    judge,
    remedy,
};

const LIST: &str = "it cannot be written in TableNames, which is a list with commas and dots";
const ODD: &str = "destinations replace such characters, and two names may become one";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let names = [table.name.schema.untrusted(), table.name.name.untrusted()];
    if names.iter().any(|name| name.contains([',', '.'])) {
        return finding(Outcome::Warn).observed("a comma or a dot").because(LIST);
    }
    let odd = |c: char| !c.is_ascii_alphanumeric() && !"_$-".contains(c);
    if let Some(c) = names.iter().flat_map(|name| name.chars()).find(|c| odd(*c)) {
        return finding(Outcome::Warn).observed(format!("the character {c:?}")).because(ODD);
    }
    if names.iter().any(|name| name.starts_with(|c: char| c.is_ascii_digit())) {
        return finding(Outcome::Warn).observed("a digit at the beginning").because(ODD);
    }
    finding(Outcome::Pass)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    let instruction = format!(
        "Rename {name} to letters, digits and underscores, or make sure that \
                               consumers find its events under the name that they get."
    );
    Step::manual(Actor::Owner, instruction).into()
}
