//! Column lists leave out no column that updates and deletes are identified by.

use super::published::{is_read, listed, put_again};
use super::selected::table;
use crate::facts::Postgres;
use crate::facts::postgres::{Membership, Publication, ReplicaIdentity, Table, Tables};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-column-list",
    title: "column lists have the identity's columns",
    level: Level::Required,
    tags: &["identity", "publication", "tables"],
    doc: include_str!("publication_column_list.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    tables.publications()?;
    let with_list = tables.found.iter().filter(|table| lists(tables, table).next().is_some());
    let findings: Vec<Finding> = with_list.map(|table| one(tables, table, want)).collect();
    if findings.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("no column lists").into());
    }
    Ok(Verdict::each(findings))
}

/// The publications that have only some of a table's columns.
fn lists<'a>(
    tables: &'a Tables,
    table: &'a Table,
) -> impl Iterator<Item = (&'a Publication, &'a Membership, &'a [Text])> {
    tables
        .published(table)
        .filter_map(|(publication, place)| Some((publication, place, place.columns.as_deref()?)))
}

fn one(tables: &Tables, table: &Table, want: &Intent) -> Finding {
    let of_lists = lists(tables, table).map(|(publication, _, columns)| {
        let finding = |outcome| {
            Finding::table(table.name.display(), outcome).observed(format!(
                "{} has only {}",
                publication.name.untrusted(),
                listed(columns)
            ))
        };
        if breaks_writes(publication, table, columns) {
            finding(Outcome::Fail).expected("every column of the identity").because(
                "The application's own UPDATE and DELETE fail (SQLSTATE 42P10), with or without \
                 a connector.",
            )
        } else if is_read(publication, want) && left_out(table, columns).next().is_some() {
            finding(Outcome::Warn).because(
                "Later events lack the other columns, also those to come; the snapshot has them.",
            )
        } else {
            finding(Outcome::Pass)
        }
    });
    let pass = Finding::table(table.name.display(), Outcome::Pass);
    of_lists.max_by_key(|finding| finding.outcome).unwrap_or(pass)
}

fn breaks_writes(publication: &Publication, table: &Table, columns: &[Text]) -> bool {
    let is_partial = table.identity == ReplicaIdentity::Full
        || table.identity_columns.iter().any(|column| !columns.contains(column));
    publication.needs_identity() && is_partial
}

fn left_out<'a>(table: &'a Table, columns: &'a [Text]) -> impl Iterator<Item = &'a Text> {
    table.columns.iter().map(|column| &column.name).filter(|name| !columns.contains(name))
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let (Some(table), Some(tables)) = (table(finding, db), db.tables.known()) else {
        return Remedy::none();
    };
    let at_fault = lists(tables, table).filter(|(publication, _, columns)| match finding.outcome {
        Outcome::Fail => breaks_writes(publication, table, columns),
        _ => is_read(publication, want),
    });
    let steps = at_fault.flat_map(|(publication, place, columns)| {
        if place.filter_columns.is_some() {
            return vec![by_hand(publication, table)];
        }
        let is_full = table.identity == ReplicaIdentity::Full;
        let wanted =
            (finding.outcome == Outcome::Fail && !is_full).then(|| with_identity(table, columns));
        put_again(publication, place, table, wanted.as_deref(), want)
    });
    Remedy { steps: steps.collect() }
}

/// The list with the identity's columns in it.
fn with_identity(table: &Table, columns: &[Text]) -> Vec<Text> {
    let wanted = |name: &&Text| columns.contains(name) || table.identity_columns.contains(name);
    table.columns.iter().map(|column| &column.name).filter(wanted).cloned().collect()
}

/// The text of a row filter is not read, so that no statement can repeat it.
fn by_hand(publication: &Publication, table: &Table) -> Step {
    Step::manual(
        crate::Actor::Owner,
        format!(
            "Put {} into the publication {} again, with its row filter and every column of the \
             identity.",
            table.name.display().untrusted(),
            publication.name.untrusted()
        ),
    )
}
