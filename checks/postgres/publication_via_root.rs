//! Events of partitioned tables carry the name that the request gives.

use super::published::{read, read_of};
use super::selected::table;
use crate::facts::Postgres;
use crate::facts::postgres::{Table, Tables};
use crate::quote::postgres::ident;
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, PublicationCreation, Remedy, Selection, Step,
    Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-via-root",
    title: "events of partitions carry the partitioned table's name",
    level: Level::Required,
    tags: &["partitions", "publication"],
    doc: include_str!("publication_via_root.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    let is_created = read(db, want)?.is_empty();
    let partitioned = tables.found.iter().filter(|table| table.leaves.is_some());
    let mut findings = Vec::new();
    for table in partitioned {
        findings.push(if is_created {
            created(tables, table, want)
        } else {
            one(tables, table, want)
        });
    }
    if findings.is_empty() {
        return Ok(Verdict::not_applicable("No partitioned table is selected."));
    }
    Ok(Verdict::each(findings))
}

/// Of a publication that the connector creates, or is assumed to.
fn created(tables: &Tables, table: &Table, want: &Intent) -> Finding {
    if want.profile.publications.via_root {
        return via_root(table);
    }
    let finding = via_partitions(tables, table, want);
    match want.profile.publications.creates {
        PublicationCreation::Assumed => finding.because(format!(
            "Assumption: like Debezium by default, {} creates its publication without \
             publish_via_partition_root. {BY_PARTITION}",
            want.profile.name
        )),
        _ => finding,
    }
}

fn one(tables: &Tables, table: &Table, want: &Intent) -> Finding {
    let mut places = read_of(tables, table, want).peekable();
    if places.peek().is_none() || places.any(|(publication, _)| !publication.via_root) {
        return via_partitions(tables, table, want);
    }
    via_root(table)
}

const BY_PARTITION: &str = "Events carry the partitions' names, and a connector that filters by \
                            the names of the request lets none of them through.";

/// Where the request names the root alone, its partitions' names are let through by nobody. Where
/// it names them too, or the schema, they are in it.
fn via_partitions(tables: &Tables, table: &Table, want: &Intent) -> Finding {
    let finding = |outcome| {
        Finding::table(table.name.display(), outcome).expected("publish_via_partition_root")
    };
    let names_partitions =
        tables.found.iter().any(|other| other.root.as_ref() == Some(&table.name));
    match want.selection {
        Selection::Tables(_) if !names_partitions => finding(Outcome::Fail).because(BY_PARTITION),
        Selection::Tables(_) | Selection::Schemas(_) => {
            finding(Outcome::Warn).because("Events carry the partitions' names.")
        }
    }
}

fn via_root(table: &Table) -> Finding {
    Finding::table(table.name.display(), Outcome::Pass).because(
        "TRUNCATE of a single partition is not told. A row that moves between partitions is a \
         delete and an insert.",
    )
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let (Some(table), Some(tables)) = (table(finding, db), db.tables.known()) else {
        return Remedy::none();
    };
    let places = read_of(tables, table, want).filter(|(publication, _)| !publication.via_root);
    let steps: Vec<Step> = places
        .map(|(publication, _)| {
            let name = ident(publication.name.untrusted());
            let set = |to: &str| {
                format!("ALTER PUBLICATION {name} SET (publish_via_partition_root = {to});")
            };
            Step::owner(set("true")).in_database(want.database.clone()).undo(set("false"))
        })
        .collect();
    if !steps.is_empty() {
        return Remedy { steps };
    }
    let name = table.name.display();
    Step::request(format!(
        "In TableNames, name the partitions of {} in its place.",
        name.untrusted()
    ))
    .into()
}
