//! The keys are short and compare exactly.

use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/pk-type",
    title: "the keys are short and exact",
    level: Level::Informational,
    tags: &["tables"],
    doc: include_str!("pk_type.md"),
    judge,
    remedy,
};

/// More columns than this make a long key.
const PARTS: usize = 3;
const INEXACT: &str = "two events of one row may have keys that differ in the last digit";
const LONG: &str = "every event carries the whole key, and snapshots in parts are slow";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let primary = table.unique_keys.iter().find(|key| key.name.untrusted() == "PRIMARY");
    let Some(key) = primary else {
        return finding(Outcome::NotApplicable).because("it has no primary key");
    };
    let inexact = table.columns.iter().find(|column| {
        let in_key = key.parts.iter().any(|part| part.column.as_ref() == Some(&column.name));
        let data_type = column.data_type.untrusted();
        in_key && (data_type.starts_with("float") || data_type.starts_with("double"))
    });
    if let Some(column) = inexact {
        let observed = format!("{} {}", column.name.untrusted(), column.data_type.untrusted());
        return finding(Outcome::Warn).observed(observed).because(INEXACT);
    }
    if key.parts.len() > PARTS {
        return finding(Outcome::Warn)
            .observed(format!("{} columns", key.parts.len()))
            .because(LONG);
    }
    finding(Outcome::Pass)
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction =
        "Give the table a key of one whole number, and a unique key on what was the key.";
    Step::manual(Actor::Owner, instruction).costs(Cost::Rebuild).into()
}
