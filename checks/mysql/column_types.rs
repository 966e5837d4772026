//! The types of all columns come through as they are.

use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/column-types",
    title: "the columns have types that readers know",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("column_types.md"),
    judge,
    remedy,
};

const GEOMETRY: [&str; 9] = [
    "geomcollection",
    "geometry",
    "geometrycollection",
    "linestring",
    "multilinestring",
    "multipoint",
    "multipolygon",
    "point",
    "polygon",
];
const STOPS: &str = "readers that follow the definitions of tables stop at this type";
const RAW: &str = "values of xmltype come as the bytes that are stored";
const SHAPE: &str = "shapes come as well-known binary";
const VECTOR: &str = "vectors need a reader that knows them";
const BITS: &str = "bits come as bytes, the lowest first";
const LONG: &str = "most targets hold 38 digits";
const UNSIGNED: &str = "numbers from 2^63 on come as negative ones";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let weighed = table.columns.iter().filter_map(|column| Some((column, weigh(column)?)));
    let weighed: Vec<(&Column, (Outcome, &str))> = weighed.collect();
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    let Some(heaviest) = weighed.iter().map(|(_, (outcome, _))| *outcome).max() else {
        return finding(Outcome::Pass);
    };
    let mut columns = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    for (column, (_, why)) in &weighed {
        columns.push(format!("{} {}", column.name.untrusted(), column.data_type.untrusted()));
        if !reasons.contains(why) {
            reasons.push(why);
        }
    }
    finding(heaviest).observed(columns.join(", ")).because(reasons.join("; "))
}

/// What the type of a column means for a reader; `None` where it comes through.
fn weigh(column: &Column) -> Option<(Outcome, &'static str)> {
    let whole = column.data_type.untrusted().to_ascii_lowercase();
    let end = whole.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(whole.len());
    let base = whole.get(..end).unwrap_or_default();
    match base {
        _ if column.stops_readers() => Some((Outcome::Fail, STOPS)),
        "xmltype" => Some((Outcome::Warn, RAW)),
        _ if GEOMETRY.contains(&base) => Some((Outcome::Warn, SHAPE)),
        "vector" => Some((Outcome::Warn, VECTOR)),
        "bit" if whole != "bit(1)" => Some((Outcome::Warn, BITS)),
        "decimal" if precision(&whole) > 38 => Some((Outcome::Warn, LONG)),
        "bigint" if whole.contains("unsigned") && !counts(column) => {
            Some((Outcome::Warn, UNSIGNED))
        }
        _ => None,
    }
}

/// Whether the server numbers the rows with it, which never comes to 2^63.
fn counts(column: &Column) -> bool {
    column.extra.untrusted().contains("auto_increment")
}

fn precision(data_type: &str) -> u32 {
    let digits = data_type.split(['(', ',']).nth(1);
    digits.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0)
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = match finding.outcome {
        Outcome::Fail => {
            "Change the columns to VARBINARY or CHAR, also in other tables of the database: \
                          readers that follow its DDL stop at any of them."
        }
        _ => {
            "Make sure that consumers can use these columns as they come, or leave the tables out."
        }
    };
    Step::manual(Actor::Owner, instruction).costs(Cost::Rebuild).into()
}
