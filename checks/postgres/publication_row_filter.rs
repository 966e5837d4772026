//! Row filters hide no rows and break no writes.

use super::published::{is_read, listed, put_again};
use super::selected::table;
use crate::facts::Postgres;
use crate::facts::postgres::{Membership, Publication, ReplicaIdentity, Table, Tables};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-row-filter",
    title: "row filters hide no rows and break no writes",
    level: Level::Required,
    tags: &["identity", "publication", "tables"],
    doc: include_str!("publication_row_filter.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    tables.publications()?;
    let filtered = tables.found.iter().filter(|table| filters(tables, table).next().is_some());
    let findings: Vec<Finding> = filtered.map(|table| one(tables, table, want)).collect();
    if findings.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("no row filters").into());
    }
    Ok(Verdict::each(findings))
}

/// The publications that have only some of a table's rows, and the columns that decide on them.
fn filters<'a>(
    tables: &'a Tables,
    table: &'a Table,
) -> impl Iterator<Item = (&'a Publication, &'a Membership, &'a [Text])> {
    tables.published(table).filter_map(|(publication, place)| {
        Some((publication, place, place.filter_columns.as_deref()?))
    })
}

fn one(tables: &Tables, table: &Table, want: &Intent) -> Finding {
    let of_filters = filters(tables, table).map(|(publication, _, columns)| {
        let finding = |outcome| {
            Finding::table(table.name.display(), outcome).observed(format!(
                "{} filters by {}",
                publication.name.untrusted(),
                listed(columns)
            ))
        };
        if breaks_writes(publication, table, columns) {
            finding(Outcome::Fail).expected("columns of the identity only").because(
                "The application's own UPDATE and DELETE fail (SQLSTATE 42P10), with or without \
                 a connector.",
            )
        } else if is_read(publication, want) {
            finding(Outcome::Warn).because(
                "Rows that do not match are in the snapshot and in no later event; a row that \
                 comes to match is an insert, one that ceases to a delete.",
            )
        } else {
            finding(Outcome::Pass)
        }
    });
    let pass = Finding::table(table.name.display(), Outcome::Pass);
    of_filters.max_by_key(|finding| finding.outcome).unwrap_or(pass)
}

fn breaks_writes(publication: &Publication, table: &Table, columns: &[Text]) -> bool {
    publication.needs_identity()
        && table.identity != ReplicaIdentity::Full
        && columns.iter().any(|column| !table.identity_columns.contains(column))
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let (Some(table), Some(tables)) = (table(finding, db), db.tables.known()) else {
        return Remedy::none();
    };
    let at_fault =
        filters(tables, table).filter(|(publication, _, columns)| match finding.outcome {
            Outcome::Fail => breaks_writes(publication, table, columns),
            _ => is_read(publication, want),
        });
    let steps = at_fault.flat_map(|(publication, place, _)| {
        put_again(publication, place, table, place.columns.as_deref(), want)
    });
    Remedy { steps: steps.collect() }
}
