//! Primary keys are of types that order and compare the same everywhere.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::Column;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-pk-shape",
    title: "primary keys are short and exact",
    level: Level::Recommended,
    tags: &["identity", "tables"],
    doc: include_str!("table_pk_shape.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let columns = table.primary_key.iter().filter_map(|name| table.column(name));
        let flaws: Vec<String> = columns
            .filter_map(|column| {
                let flaw = flaw(column)?;
                Some(format!("{} {}", column.name.untrusted(), flaw))
            })
            .collect();
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if flaws.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Warn).observed(flaws.join(", ")).because(
            "The key of an event can miss its row: consumers may cut it, round it, or compare it \
             otherwise, and a snapshot that reads by ranges of the key can skip or repeat rows.",
        )
    })
}

fn flaw(column: &Column) -> Option<&'static str> {
    if column.nondeterministic {
        return Some("takes different texts for equal");
    }
    match column.base_type.as_str() {
        _ if column.is_array => Some("is an array"),
        "float4" | "float8" => Some("is a floating-point number"),
        "varchar" | "bpchar" | "numeric" if column.data_type.untrusted().contains('(') => None,
        "numeric" => Some("has no precision"),
        "bit" | "inet" | "cidr" => None,
        _ if column.toastable => Some("has no limited length"),
        _ => None,
    }
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Step::manual(
        Actor::Owner,
        format!(
            "Give {} a key of integers, UUIDs or limited text, or have consumers treat the key as \
             it is.",
            table.name.display().untrusted()
        ),
    )
    .into()
}
