//! The selected tables have a primary key.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::{KeyPart, Table};
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/primary-key",
    title: "the tables have a primary key",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("primary_key.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if !matches!(table.kind.untrusted(), "BASE TABLE" | "SYSTEM VERSIONED") {
        return finding(Outcome::NotApplicable).because("not a table");
    }
    let primary = table.unique_keys.iter().find(|key| key.name.untrusted() == "PRIMARY");
    match primary {
        Some(key) if key.parts.iter().any(|part| part.prefix) => {
            finding(Outcome::Warn).observed("on a prefix").because(
                "the key covers only the beginning of a column, which does not make an event key",
            )
        }
        Some(_) => finding(Outcome::Pass),
        None => without_primary(table),
    }
}

fn without_primary(table: &Table) -> Finding {
    let finding = Finding::table(table.name.display(), Outcome::Warn).expected("a primary key");
    let identifies = |part: &KeyPart| part.column.is_some() && !part.nullable && !part.prefix;
    let unique = table.unique_keys.iter().find(|key| key.parts.iter().all(identifies));
    match unique {
        Some(key) => Finding { outcome: Outcome::Pass, ..finding }
            .observed(format!("the unique key {}", key.name.untrusted()))
            .because("a unique key on columns that are all NOT NULL does the same"),
        None => finding
            .observed("none")
            .because("events have no key: their order per row is lost, and nobody can match them"),
    }
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    if finding.observed.as_ref().is_some_and(|observed| observed.untrusted() == "on a prefix") {
        let instruction = format!("Give {name} a primary key on whole columns.");
        return Step::manual(crate::Actor::Owner, instruction).costs(Cost::Rebuild).into();
    }
    let column = quote::ident(&free_name(table));
    let key = "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY";
    Step::owner(format!("ALTER TABLE {name} ADD COLUMN {column} {key};"))
        .costs(Cost::Rebuild)
        .undo(format!("ALTER TABLE {name} DROP COLUMN {column};"))
        .note("Copies the table; a key on columns that are there already is better where one fits.")
        .into()
}

/// `id`, or the first numbered form of it that no column has.
fn free_name(table: &Table) -> String {
    let taken = |name: &str| {
        table.columns.iter().any(|column| column.name.untrusted().eq_ignore_ascii_case(name))
    };
    let names = std::iter::once("id".to_owned());
    let mut names = names.chain((2..).map(|number| format!("id_{number}")));
    names.find(|name| !taken(name)).unwrap_or_default()
}
