//! Publications that are read together agree on each table's columns.

use super::published::{listed, put_again, read_of};
use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Membership, Table, Tables};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-multiple",
    title: "publications read together agree on the columns",
    level: Level::Required,
    tags: &["publication", "tables"],
    doc: include_str!("publication_multiple.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    tables.publications()?;
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if disagree(tables, table, want) {
            return finding(Outcome::Fail)
                .expected("the same columns in each")
                .observed(format!("different ones in {}", names(read_of(tables, table, want))))
                .because("Decoding stops at the table's first change (SQLSTATE 0A000).");
        }
        match tables.published(table).count() {
            0 | 1 => finding(Outcome::Pass),
            _ => finding(Outcome::Pass).observed(names(tables.published(table))),
        }
    })
}

fn names<'a>(
    places: impl Iterator<Item = (&'a crate::facts::postgres::Publication, &'a Membership)>,
) -> String {
    let names: Vec<&Text> = places.map(|(publication, _)| &publication.name).collect();
    listed(names)
}

fn disagree(tables: &Tables, table: &Table, want: &Intent) -> bool {
    let mut lists = read_of(tables, table, want).map(|(_, place)| partial_list(table, place));
    let first = lists.next();
    lists.any(|list| Some(list) != first)
}

/// The column list, where it does not name every column.
fn partial_list<'a>(table: &Table, place: &'a Membership) -> Option<&'a [Text]> {
    place.columns.as_deref().filter(|columns| columns.len() < table.columns.len())
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let (Some(table), Some(tables)) = (table(finding, db), db.tables.known()) else {
        return Remedy::none();
    };
    let partial =
        read_of(tables, table, want).filter(|(_, place)| partial_list(table, place).is_some());
    let steps =
        partial.flat_map(|(publication, place)| put_again(publication, place, table, None, want));
    Remedy { steps: steps.collect() }
}
