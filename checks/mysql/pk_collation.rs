//! Keys that the server takes for different are different for everybody.

use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/pk-collation",
    title: "keys compare the same everywhere",
    level: Level::Informational,
    tags: &["tables"],
    doc: include_str!("pk_collation.md"),
    judge,
    remedy,
};

const WHY: &str = "keys that are one for the server are several for consumers";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let in_key = |column: &&Column| {
        let primary = table.unique_keys.iter().find(|key| key.name.untrusted() == "PRIMARY");
        let mut parts = primary.into_iter().flat_map(|key| &key.parts);
        parts.any(|part| part.column.as_ref() == Some(&column.name))
    };
    let loose: Vec<String> = table
        .columns
        .iter()
        .filter(in_key)
        .filter(|column| is_loose(column.collation.untrusted()))
        .map(|column| format!("{} {}", column.name.untrusted(), column.collation.untrusted()))
        .collect();
    if loose.is_empty() {
        return Finding::table(table.name.display(), Outcome::Pass);
    }
    let finding =
        Finding::table(table.name.display(), Outcome::Warn).expected("a collation _bin or _as_cs");
    finding.observed(loose.join(", ")).because(WHY)
}

fn is_loose(collation: &str) -> bool {
    let exact = ["_bin", "_as_cs", "_cs"].iter().any(|ending| collation.ends_with(ending));
    !collation.is_empty() && collation != "binary" && !exact
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Make consumers compare keys as the server does, or give the key a collation \
                       that ends in _bin.";
    Step::manual(Actor::Owner, instruction).costs(Cost::Rebuild).into()
}
