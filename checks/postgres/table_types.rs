//! The columns are of types that every consumer reads the same way.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Column, Table};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-types",
    title: "the columns' types survive the way",
    level: Level::Recommended,
    tags: &["events", "tables", "types"],
    doc: include_str!("table_types.md"),
    judge: |db, _| judge(db),
    remedy,
};

/// Columns that one finding names.
const SHOWN: usize = 8;

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let flaws = flaws(table);
        if !flaws.is_empty() {
            return finding(Outcome::Warn).observed(cut(flaws)).because(
                "Connectors and consumers differ in how they write these types: see the event \
                 contract for each column's form.",
            );
        }
        let dates = dates(table);
        if dates.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Pass).because(format!(
            "{} can hold infinity, for which most consumers have no value.",
            cut(dates)
        ))
    })
}

fn flaws(table: &Table) -> Vec<String> {
    let with_flaw = table.columns.iter().filter_map(|column| Some((column, flaw(column)?)));
    with_flaw
        .map(|(column, flaw)| {
            let (name, data_type) = (column.name.untrusted(), column.data_type.untrusted());
            if flaw.is_empty() {
                format!("{name} ({data_type})")
            } else {
                format!("{name} ({data_type}: {flaw})")
            }
        })
        .collect()
}

fn dates(table: &Table) -> Vec<String> {
    let is_date = |column: &&Column| {
        matches!(column.base_type.as_str(), "date" | "timestamp" | "timestamptz")
    };
    table.columns.iter().filter(is_date).map(|column| column.name.untrusted().to_owned()).collect()
}

fn cut(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let shown = names.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Why a type does not arrive as it is; empty where its name says it all.
fn flaw(column: &Column) -> Option<&'static str> {
    let by_kind = match column.type_kind.as_str() {
        "c" => Some("composite"),
        "d" => Some("domain"),
        "e" => Some("enum"),
        "m" | "r" => Some("range"),
        _ if column.is_array => Some("array"),
        _ => None,
    };
    by_kind.or_else(|| of_base_type(column))
}

fn of_base_type(column: &Column) -> Option<&'static str> {
    match column.base_type.as_str() {
        "money" => Some("its form depends on the locale"),
        "numeric" if !column.data_type.untrusted().contains('(') => Some("without scale"),
        "oid" | "lo" => Some("large objects are not replicated"),
        "xml" | "interval" | "tsvector" | "tsquery" | "hstore" | "ltree" | "lquery" | "vector"
        | "halfvec" | "sparsevec" | "geometry" | "geography" | "raster" | "point" | "line"
        | "lseg" | "box" | "path" | "polygon" | "circle" => Some(""),
        _ => None,
    }
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Step::manual(
        Actor::Owner,
        format!(
            "Agree with the consumers on the form of these columns of {}, which \
             `cdc-preflight events` shows, or give them plainer types.",
            table.name.display().untrusted()
        ),
    )
    .into()
}
