//! What the publications that the connector reads let through of one table.

use std::collections::BTreeSet;

use cdc_checks::facts::postgres::{
    Column, Generated, Membership, Publication, ReplicaIdentity, Table, Tables,
};
use cdc_checks::{Intent, Missing, PublicationCreation, TableName, Text};

use crate::events::operation::Op;

/// What the publications that the connector reads let through of one table.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Why the engine refuses to start, where it does.
    pub(super) refused: Option<&'static str>,
    /// Whether no publication has the table.
    pub(super) is_left_out: bool,
    /// The operations that none of them has.
    left_out: Vec<Op>,
    /// The columns of the lists; `None` for all but generated ones.
    listed: Option<BTreeSet<Text>>,
    /// The generated columns that they have.
    generated: BTreeSet<Text>,
    /// Whether rows pass a filter.
    pub(super) is_filtered: bool,
    /// The name of another table that events carry.
    pub(super) under: Option<TableName>,
    /// Whether changes of partitions carry this table's name.
    pub(super) via_root: bool,
    /// Whether the connector creates the publication itself.
    pub(super) is_created: bool,
    /// Why the server refuses an UPDATE, and why a DELETE.
    refuses: [Option<&'static str>; 2],
}

impl Published {
    /// What the publications let through, by what is known of them and of the connector.
    ///
    /// # Errors
    /// The publications were not read, although the connector reads some by name.
    pub(super) fn of(
        table: &Table,
        tables: &Tables,
        major: u32,
        intent: &Intent,
    ) -> Result<Self, Missing> {
        let plan = &intent.profile.publications;
        let mut published = Self::default();
        let all = if plan.named.is_empty() { &[] } else { tables.publications()? };
        let read: Vec<&Publication> =
            all.iter().filter(|one| plan.named.contains(&one.name)).collect();
        if read.is_empty() {
            published.is_created =
                plan.named.is_empty() || plan.creates != PublicationCreation::Never;
            published.via_root = plan.via_root && published.is_created;
            if !published.is_created {
                published.refused = Some("the publication is not there, and none is created");
            }
        } else {
            published.read(table, tables, &read);
        }
        published.refuses = [Op::Update, Op::Delete]
            .map(|op| refusal(op, table, tables, major, published.is_created));
        Ok(published)
    }

    /// What these publications, which are there, let through.
    fn read(&mut self, table: &Table, tables: &Tables, read: &[&Publication]) {
        let is_read = |one: &Publication| read.iter().any(|other| other.name == one.name);
        let places: Vec<(&Publication, &Membership)> =
            tables.published(table).filter(|(one, _)| is_read(one)).collect();
        self.is_left_out = places.is_empty();
        let has = |op: Op, one: &Publication| match op {
            Op::Create => one.insert,
            Op::Delete => one.delete,
            Op::Read => true,
            Op::Truncate => one.truncate,
            Op::Update => one.update,
        };
        let is_in_none = |op: &Op| !places.iter().any(|(one, _)| has(*op, one));
        self.left_out = Op::ALL.into_iter().filter(is_in_none).collect();
        let lists: Vec<_> = places.iter().map(|(_, place)| &place.columns).collect();
        if lists.windows(2).any(|pair| pair[0] != pair[1]) {
            self.refused = Some("publications with different column lists for a table are refused");
        }
        let first = lists.first().and_then(|list| list.as_ref());
        self.listed = first.map(|list| list.iter().cloned().collect());
        let is_generated =
            |column: &&Column| places.iter().any(|(one, place)| one.has_generated(place, column));
        let generated = table.columns.iter().filter(is_generated);
        self.generated = generated.map(|column| column.name.clone()).collect();
        self.is_filtered =
            !places.is_empty() && places.iter().all(|(_, place)| place.filter_columns.is_some());
        self.via_root = places.iter().any(|(one, _)| one.via_root);
        let renames = |(one, place): &(&Publication, &Membership)| {
            place.through.as_ref().filter(|_| one.via_root).cloned()
        };
        self.under = places.iter().find_map(renames);
    }

    /// Whether events have the column, as far as it is not a generated one.
    pub(super) fn has(&self, name: &Text) -> bool {
        self.listed.as_ref().is_none_or(|listed| listed.contains(name))
    }

    /// Whether events of the stream have the column.
    pub(super) fn has_column(&self, column: &Column) -> bool {
        match column.generated {
            Generated::Never => self.has(&column.name),
            Generated::Stored | Generated::Virtual => self.generated.contains(&column.name),
        }
    }

    /// Whether no publication has the operation.
    pub(super) fn leaves_out(&self, op: Op) -> bool {
        self.left_out.contains(&op)
    }

    /// Why the server refuses the statement; `None` where it does not.
    pub(super) fn refuses(&self, op: Op) -> Option<&'static str> {
        match op {
            Op::Update => self.refuses[0],
            Op::Delete => self.refuses[1],
            Op::Create | Op::Read | Op::Truncate => None,
        }
    }
}

/// Why the server refuses an update or a delete on account of any publication of the table, also of
/// one that the connector does not read.
fn refusal(
    op: Op,
    table: &Table,
    tables: &Tables,
    major: u32,
    is_created: bool,
) -> Option<&'static str> {
    let has = |one: &Publication| if op == Op::Update { one.update } else { one.delete };
    let places = tables.published(table).filter(|(one, _)| has(one));
    let by_place = places.filter_map(|(one, place)| refusal_of(table, major, one, place)).next();
    let whole = || is_created.then(|| refusal_of_whole(table, major)).flatten();
    by_place.or_else(whole)
}

/// Why a publication that the connector makes, of the whole table, has the server refuse it.
fn refusal_of_whole(table: &Table, major: u32) -> Option<&'static str> {
    if !table.identity.is_usable() {
        return Some(NO_IDENTITY);
    }
    let is_lost =
        |column: &Column| column.generated != Generated::Never && is_in_identity(table, column);
    (major >= REFUSES_GENERATED && table.columns.iter().any(is_lost)).then_some(GENERATED)
}

fn refusal_of(
    table: &Table,
    major: u32,
    publication: &Publication,
    place: &Membership,
) -> Option<&'static str> {
    if !table.identity.is_usable() {
        return Some(NO_IDENTITY);
    }
    let is_full = table.identity == ReplicaIdentity::Full;
    let misses = |names: &[Text]| table.identity_columns.iter().any(|name| !names.contains(name));
    if place.columns.as_ref().is_some_and(|listed| is_full || misses(listed)) {
        return Some(
            "the server refuses the statement: the column list does not have the identity",
        );
    }
    let is_outside = |name: &Text| !table.identity_columns.contains(name);
    if !is_full && place.filter_columns.as_ref().is_some_and(|names| names.iter().any(is_outside)) {
        return Some(
            "the server refuses the statement: the row filter reads more than the identity",
        );
    }
    let is_lost = |column: &Column| {
        column.generated != Generated::Never
            && is_in_identity(table, column)
            && !publication.has_generated(place, column)
    };
    (major >= REFUSES_GENERATED && table.columns.iter().any(is_lost)).then_some(GENERATED)
}

/// From this major version on, an identity must not have generated columns that are not published.
const REFUSES_GENERATED: u32 = 18;

const NO_IDENTITY: &str = "the server refuses the statement: no replica identity";

const GENERATED: &str = "the server refuses the statement: the replica identity would hold a \
     generated column that is not published";

fn is_in_identity(table: &Table, column: &Column) -> bool {
    table.identity == ReplicaIdentity::Full || table.identity_columns.contains(&column.name)
}
