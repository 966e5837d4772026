//! The publications that the connector reads have the stored generated columns.

use super::published::{TAKES_GENERATED, has_generated, listed, none_is_known, read, read_of};
use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Generated, Table, Tables};
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-generated",
    title: "the publication has the generated columns",
    level: Level::Recommended,
    tags: &["generated-columns", "publication", "tables"],
    doc: include_str!("publication_generated.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    if db.server()?.major() < TAKES_GENERATED {
        return Ok(Verdict::not_applicable(
            "Before PostgreSQL 18 no publication has generated columns.",
        ));
    }
    if read(db, want)?.is_empty() {
        return Ok(none_is_known());
    }
    let tables = db.tables.get()?;
    judge_each(db, |table| {
        let left_out = left_out(tables, table, want);
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if left_out.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Warn)
            .expected("publish_generated_columns = stored")
            .observed(format!("without {}", listed(left_out)))
            .because("The snapshot has them, and later events have not.")
    })
}

fn left_out<'a>(tables: &'a Tables, table: &'a Table, want: &'a Intent) -> Vec<&'a Text> {
    let stored = table.columns.iter().filter(|column| column.generated == Generated::Stored);
    let is_missing = |column: &&crate::facts::postgres::Column| {
        read_of(tables, table, want)
            .any(|(publication, place)| !has_generated(publication, place, column))
    };
    stored.filter(is_missing).map(|column| &column.name).collect()
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let (Some(table), Some(tables)) = (table(finding, db), db.tables.known()) else {
        return Remedy::none();
    };
    let steps = read_of(tables, table, want).filter(|(_, place)| place.columns.is_none());
    let steps = steps.map(|(publication, _)| {
        let name = ident(publication.name.untrusted());
        let set = |to| format!("ALTER PUBLICATION {name} SET (publish_generated_columns = {to});");
        Step::owner(set("stored")).in_database(want.database.clone()).undo(set("none"))
    });
    Remedy { steps: steps.collect() }
}
