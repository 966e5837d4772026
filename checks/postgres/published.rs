//! Publications: those that the connector reads, and statements about them.

use std::collections::BTreeSet;

use crate::facts::Postgres;
use crate::facts::postgres::{Generated, Membership, Publication, Table, Tables};
use crate::quote::postgres::ident;
use crate::{Intent, Missing, PublicationCreation, Selection, Step, Text, Verdict};

use super::selected::sql;

/// From this major version on, a publication can be one of whole schemas.
const TAKES_SCHEMAS: u32 = 15;

/// From this major version on, a publication can have generated columns.
pub(super) const TAKES_GENERATED: u32 = 18;

/// Whether the connector is known to read this publication.
pub(super) fn is_read(publication: &Publication, want: &Intent) -> bool {
    want.profile.publications.named.contains(&publication.name)
}

/// Whether the connector creates a publication that is not there, and its maker says so.
pub(super) fn is_created(want: &Intent) -> bool {
    matches!(
        want.profile.publications.creates,
        PublicationCreation::AllTables | PublicationCreation::SelectedTables
    )
}

/// The publications that the connector reads and that are there.
///
/// # Errors
/// The publications were not read, or one that has to be there is not.
pub(super) fn read<'a>(db: &'a Postgres, want: &Intent) -> Result<Vec<&'a Publication>, Missing> {
    let all = db.tables.get()?.publications()?;
    let named = &want.profile.publications.named;
    let found: Vec<_> = all.iter().filter(|one| named.contains(&one.name)).collect();
    if found.len() < named.len() && !is_created(want) {
        return Err(Missing::NotReached { because: "postgres/publication-exists".into() });
    }
    Ok(found)
}

/// The verdict where no publication is known that the connector reads.
pub(super) fn none_is_known() -> Verdict {
    Verdict::not_applicable(
        "Which publication the connector reads is not known. One that it creates for the selected \
         tables has all of their operations, rows and columns.",
    )
}

/// A table's place in each publication that the connector reads.
pub(super) fn read_of<'a>(
    tables: &'a Tables,
    table: &'a Table,
    want: &'a Intent,
) -> impl Iterator<Item = (&'a Publication, &'a Membership)> {
    tables.published(table).filter(|(publication, _)| is_read(publication, want))
}

/// Whether events through this place have the column, as far as it is a generated one.
pub(super) fn has_generated(
    publication: &Publication,
    place: &Membership,
    column: &crate::facts::postgres::Column,
) -> bool {
    publication.has_generated(place, column)
}

/// Names in one line, the first few of many.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a Text>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().map(Text::untrusted).collect();
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Creates a publication of what is selected.
pub(super) fn create(name: &Text, db: &Postgres, want: &Intent) -> Step {
    let major = db.server().map(crate::facts::postgres::Server::major).unwrap_or_default();
    let found = db.tables.known().map(|tables| tables.found.as_slice()).unwrap_or_default();
    let tables: Vec<&Table> = found.iter().filter(|table| table.kind.is_table()).collect();
    let name = ident(name.untrusted());
    let options = options(&tables, major);
    let (step, what): (fn(String) -> Step, _) = match &want.selection {
        Selection::Schemas(schemas) if !schemas.is_empty() && major >= TAKES_SCHEMAS => {
            let schemas: Vec<_> = schemas.iter().map(|one| ident(one.untrusted())).collect();
            (Step::dba, format!("TABLES IN SCHEMA {}", schemas.join(", ")))
        }
        _ => {
            let names: BTreeSet<_> = tables.iter().map(|table| sql(&table.name)).collect();
            (Step::owner, format!("TABLE {}", names.into_iter().collect::<Vec<_>>().join(", ")))
        }
    };
    step(format!("CREATE PUBLICATION {name} FOR {what}{options};"))
        .in_database(want.database.clone())
        .undo(format!("DROP PUBLICATION {name};"))
        .note("Needs CREATE on the database. Create it before the replication slot.")
}

fn options(tables: &[&Table], major: u32) -> String {
    let mut options = Vec::new();
    if tables.iter().any(|table| table.leaves.is_some()) {
        options.push("publish_via_partition_root = true");
    }
    let is_stored =
        |table: &&&Table| table.columns.iter().any(|column| column.generated == Generated::Stored);
    if major >= TAKES_GENERATED && tables.iter().any(|table| is_stored(&table)) {
        options.push("publish_generated_columns = stored");
    }
    if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) }
}

/// Puts a table into a publication again, with these columns or with all, and without a filter.
pub(super) fn put_again(
    publication: &Publication,
    place: &Membership,
    table: &Table,
    columns: Option<&[Text]>,
    want: &Intent,
) -> Vec<Step> {
    let name = ident(publication.name.untrusted());
    let table = sql(place.through.as_ref().unwrap_or(&table.name));
    let list = columns.map_or_else(String::new, |columns| {
        let columns: Vec<_> = columns.iter().map(|one| ident(one.untrusted())).collect();
        format!(" ({})", columns.join(", "))
    });
    vec![
        Step::owner(format!("ALTER PUBLICATION {name} DROP TABLE {table};"))
            .in_database(want.database.clone())
            .note("Whoever reads this publication misses changes until the next statement."),
        Step::owner(format!("ALTER PUBLICATION {name} ADD TABLE {table}{list};"))
            .in_database(want.database.clone()),
    ]
}
