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

const INEXACT: &str = "two events of one row may have keys that differ in the last digit";
const LONG: &str = "every event carries the whole key, and snapshots in parts are slow";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let most = intent.thresholds.key_columns_warn as usize;
    Ok(Verdict::each(db.tables.get()?.found.iter().map(|table| finding(table, most))))
}

/// A key of more than `most` columns is a long one.
fn finding(table: &Table, most: usize) -> Finding {
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
    if key.parts.len() > most {
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
