//! What the request names are tables that store rows of their own.

use super::selected::table;
use crate::facts::Postgres;
use crate::facts::postgres::{RelationKind, Table};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-kind",
    title: "what is named are tables",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("table_kind.md"),
    judge,
    remedy,
};

/// From this major version on, changes are published of a partitioned table as a whole.
const PUBLISHES_PARTITIONED: u32 = 13;

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let major = db.server()?.major();
    Ok(Verdict::each(db.tables.get()?.found.iter().map(|table| one(table, major))))
}

fn one(table: &Table, major: u32) -> Finding {
    let finding = |outcome| {
        Finding::table(table.name.display(), outcome)
            .expected("a table")
            .observed(table.kind.as_str())
    };
    match table.kind {
        RelationKind::Partitioned if major < PUBLISHES_PARTITIONED => finding(Outcome::Fail)
            .because("Before PostgreSQL 13 only the partitions can be published, one by one."),
        kind if kind.is_table() => finding(Outcome::Pass),
        _ => finding(Outcome::Fail),
    }
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = table.name.display();
    let name = name.untrusted();
    Step::request(match table.kind {
        RelationKind::View | RelationKind::MaterializedView => {
            format!("In TableNames, name the tables that {name} reads in its place.")
        }
        RelationKind::Foreign => {
            format!("Take {name} out of TableNames and configure the server that holds it.")
        }
        RelationKind::Partitioned => {
            format!("In TableNames, name the partitions of {name} in its place.")
        }
        _ => format!("Take {name} out of TableNames."),
    })
    .into()
}
