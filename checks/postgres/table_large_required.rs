//! No update leaves the connector without a value that it must have.

use crate::facts::Postgres;
use crate::facts::postgres::{Column, Generated, ReplicaIdentity, Table};
use crate::quote::postgres::ident;
use crate::{
    Check, Conversion, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

use super::published::listed;
use super::selected::{judge_each, sql, table};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-large-required",
    title: "every required large value has a stand-in",
    level: Level::Required,
    tags: &["events", "tables"],
    doc: include_str!("table_large_required.md"),
    judge,
    remedy,
};

/// A row of more bytes than this has its largest values moved out of line.
const IN_LINE: u32 = 2032;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| one(table, &want.profile.conversion))
}

fn one(table: &Table, conversion: &Conversion) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let columns: Vec<&Column> = without_stand_in(table, conversion).collect();
    if columns.is_empty() {
        return finding(Outcome::Pass);
    }
    let finding = |outcome| {
        finding(outcome)
            .expected("a stand-in for each large value")
            .observed(listed(columns.iter().map(|column| &column.name).collect::<Vec<&Text>>()))
    };
    let stops = "An update that leaves such a value unchanged does not send it. For this type there \
                 is no stand-in, and the column is NOT NULL: Debezium's connector stops there, for \
                 all tables.";
    if columns.iter().any(|column| is_certain(column))
        || all_large_values_are_theirs(table, &columns)
    {
        finding(Outcome::Fail).because(stops)
    } else if pages(table) > 0 || columns.iter().any(|column| is_often_large(column)) {
        finding(Outcome::Warn).because(format!("{stops} Whether one is so large is not known."))
    } else {
        finding(Outcome::Pass).because("A value above 2 kB would stop the connector.")
    }
}

/// The columns that must have a value, may be too large to be sent again, and have no stand-in
/// then.
fn without_stand_in<'a>(
    table: &'a Table,
    conversion: &'a Conversion,
) -> impl Iterator<Item = &'a Column> {
    let logs_a_part =
        matches!(table.identity, ReplicaIdentity::Index | ReplicaIdentity::PrimaryKey);
    table.columns.iter().filter(move |column| {
        logs_a_part
            && column.not_null
            && is_large(column)
            && column.generated == Generated::Never
            && !table.identity_columns.contains(&column.name)
            && column.lacks_stand_in(conversion)
    })
}

/// Whether a value can be moved out of line for its own size.
fn is_large(column: &Column) -> bool {
    column.toastable && largest(column).is_none_or(|bytes| bytes > IN_LINE)
}

/// The bytes of the largest value, where the type bounds them.
fn largest(column: &Column) -> Option<u32> {
    let data_type = column.domain_of.as_ref().unwrap_or(&column.data_type);
    let number = first_number(data_type.untrusted())?;
    Some(match column.base_type.as_str() {
        _ if column.is_array => return None,
        "vector" => number.saturating_mul(4).saturating_add(8),
        "halfvec" => number.saturating_mul(2).saturating_add(8),
        "varbit" => number.div_ceil(8).saturating_add(8),
        // Four digits take two bytes.
        "numeric" => number.div_ceil(4).saturating_mul(2).saturating_add(12),
        "varchar" | "bpchar" => number.saturating_mul(4).saturating_add(4),
        _ => return None,
    })
}

/// The first number in parentheses, for example 1536 of `vector(1536)`.
fn first_number(data_type: &str) -> Option<u32> {
    let (_, inner) = data_type.split_once('(')?;
    let end = inner.find(|c: char| !c.is_ascii_digit())?;
    inner.get(..end)?.parse().ok()
}

/// Whether every value is too large: vectors have one length.
fn is_certain(column: &Column) -> bool {
    matches!(column.base_type.as_str(), "halfvec" | "vector") && largest(column).is_some()
}

/// Whether values of the type are commonly that large. A `numeric` of thousands of digits is not.
fn is_often_large(column: &Column) -> bool {
    column.is_array || column.base_type != "numeric"
}

/// Whether what is stored out of line can come from these columns alone.
fn all_large_values_are_theirs(table: &Table, columns: &[&Column]) -> bool {
    let is_theirs = |other: &Column| columns.iter().any(|column| column.name == other.name);
    pages(table) > 0 && table.columns.iter().filter(|it| is_large(it)).all(is_theirs)
}

/// Pages of values stored out of line, of the partitions where they hold the rows.
fn pages(table: &Table) -> i64 {
    match &table.leaves {
        Some(leaves) => leaves.toast_pages,
        None => table.toast_pages.unwrap_or_default(),
    }
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = sql(&table.name);
    let drop = |column: &Column| {
        let alter = format!("ALTER TABLE {name} ALTER COLUMN {}", ident(column.name.untrusted()));
        Step::owner(format!("{alter} DROP NOT NULL;"))
            .in_database(want.database.clone())
            .undo(format!("{alter} SET NOT NULL;"))
            .note(format!(
                "An unchanged large value then comes as null. Where consumers need it: ALTER TABLE \
                 {name} REPLICA IDENTITY FULL, which sends it, for more WAL."
            ))
    };
    let columns = without_stand_in(table, &want.profile.conversion);
    Remedy { steps: columns.map(drop).collect() }
}
