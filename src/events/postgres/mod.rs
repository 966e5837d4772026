//! What PostgreSQL's logical decoding gives: replica identity against operation, stand-ins for old
//! and large values, generated columns.

mod default;
mod toast;
mod types;

use cdc_checks::event_size::EventSize;
use cdc_checks::facts::postgres::{
    Column, Generated, Persistence, Postgres, RelationKind, ReplicaIdentity, Table,
};
use cdc_checks::{Conversion, Intent, Missing, TableName, Text};

use super::contract::{ColumnContract, Evidence, Key, TableContract};
use super::image::{ColumnImage, Image, Presence};
use super::mapping::{Mapping, Sent, Unchanged};
use super::operation::{Delivery, KeyChange, Op, OperationContract};
use default::{ShownDefault, shown_default};

/// The tables and the absent ones.
pub(super) fn tables(
    db: &Postgres,
    intent: &Intent,
) -> Result<(Vec<TableContract>, Vec<TableName>), Missing> {
    let major = db.server()?.major();
    let tables = db.tables.get()?;
    let found = tables.found.iter().map(|table| describe(table, major, intent)).collect();
    Ok((found, tables.absent.iter().map(|table| table.name.clone()).collect()))
}

/// A column's form, and what its default shows.
struct Described {
    mapping: Mapping,
    shown_default: ShownDefault,
}

fn describe(table: &Table, major: u32, intent: &Intent) -> TableContract {
    let conversion = &intent.profile.conversion;
    let columns: Vec<Described> =
        table.columns.iter().map(|column| described(column, conversion)).collect();
    let mut notes = Vec::new();
    if table.row_security {
        notes.push("row security filters what the snapshot reads; later events are not filtered");
    }
    let key = key(table);
    TableContract {
        name: table.name.clone(),
        old_row: Text::new(old_row(table)),
        key_change: key_change(table, &key),
        key,
        columns: table.columns.iter().zip(&columns).map(column_contract).collect(),
        operations: operations(table, &columns, major, intent),
        size: EventSize::of_postgres(table),
        notes: notes.into_iter().map(Text::new).collect(),
    }
}

fn described(column: &Column, conversion: &Conversion) -> Described {
    let mapping = types::of_column(column, conversion);
    let shown_default = shown_default(column, mapping.literal);
    Described { mapping, shown_default }
}

fn old_row(table: &Table) -> &'static str {
    match table.identity {
        ReplicaIdentity::Full => "replica identity FULL",
        ReplicaIdentity::Index => "replica identity: a unique index",
        ReplicaIdentity::IndexLost => "replica identity: an index that is gone",
        ReplicaIdentity::None => "replica identity DEFAULT without a usable primary key",
        ReplicaIdentity::Nothing => "replica identity NOTHING",
        ReplicaIdentity::PrimaryKey => "replica identity: the primary key",
    }
}

fn key(table: &Table) -> Key {
    let known = |columns: &[Text], evidence| Key::Columns { columns: columns.to_vec(), evidence };
    if !table.primary_key.is_empty() {
        return known(&table.primary_key, Evidence::Measured);
    }
    match table.unique_keys.as_deref() {
        Some([]) => Key::None,
        Some([only]) => known(only, Evidence::Measured),
        // Which of several the engine takes follows from its source, and was not seen.
        Some([first, ..]) => known(first, Evidence::Inferred),
        None if table.identity == ReplicaIdentity::Index => {
            known(&table.identity_columns, Evidence::Inferred)
        }
        None => Key::Unknown,
    }
}

/// What an update of the key gives, where updates are allowed.
fn key_change(table: &Table, key: &Key) -> Option<KeyChange> {
    let Key::Columns { columns, evidence } = key else { return None };
    match table.identity {
        ReplicaIdentity::Full | ReplicaIdentity::PrimaryKey => {
            Some(KeyChange::split(*evidence, columns.clone()))
        }
        ReplicaIdentity::Index => {
            let mut change = KeyChange::split(*evidence, table.identity_columns.clone());
            if identity_misses_key(table) {
                let notes = [
                    "the delete, its tombstone and the header of the insert have a made-up key",
                    "a changed primary key alone is an update under the new key, without a delete",
                ];
                change.notes = notes.into_iter().map(Text::new).collect();
            }
            Some(change)
        }
        ReplicaIdentity::IndexLost | ReplicaIdentity::None | ReplicaIdentity::Nothing => None,
    }
}

fn column_contract((column, described): (&Column, &Described)) -> ColumnContract {
    let mapping = &described.mapping;
    let mut notes = mapping.notes.clone();
    if column.generated != Generated::Never {
        notes.push("generated: only the snapshot has it");
    }
    if matches!(described.shown_default, ShownDefault::Unknown) && !column.not_null {
        notes.push("NULL may be shown as the default");
    }
    ColumnContract {
        name: column.name.clone(),
        database_type: column.data_type.clone(),
        json_type: mapping.json_type.into(),
        encoding: mapping.encoding.map(Into::into),
        schema: mapping.schema.clone(),
        nullable: !column.not_null,
        evidence: mapping.evidence,
        notes: notes.into_iter().map(Text::new).collect(),
    }
}

fn operations(
    table: &Table,
    columns: &[Described],
    major: u32,
    intent: &Intent,
) -> Vec<OperationContract> {
    Op::ALL
        .into_iter()
        .map(|op| {
            let withheld = || withheld(op, table, major, intent);
            kind_of_relation(op, table)
                .or_else(withheld)
                .unwrap_or_else(|| events(op, table, columns))
        })
        .collect()
}

/// What the kind of relation decides before anything else.
fn kind_of_relation(op: Op, table: &Table) -> Option<OperationContract> {
    let silent =
        |why| Some(OperationContract::withheld(op, Delivery::NotLogged, Evidence::Measured, why));
    match (table.kind, table.persistence) {
        (RelationKind::Partitioned, _) => Some(OperationContract::unsettled(
            op,
            "events carry the names of the partitions, unless the publication has \
             publish_via_partition_root",
        )),
        (RelationKind::Table, Persistence::Permanent) => None,
        (RelationKind::Table, Persistence::Unlogged) if op == Op::Read => None,
        (RelationKind::Table, Persistence::Unlogged) => {
            silent("an unlogged table is not in the WAL")
        }
        (RelationKind::Table, Persistence::Temporary) => {
            silent("a temporary table is not in the WAL")
        }
        _ => silent("this is not a table: it has no rows of its own in the WAL"),
    }
}

fn withheld(op: Op, table: &Table, major: u32, intent: &Intent) -> Option<OperationContract> {
    let blocked =
        |why| Some(OperationContract::withheld(op, Delivery::BlockedInDb, Evidence::Measured, why));
    if has_columns_differing_by_case(table) {
        let why = "columns that differ only by case stop the engine";
        return Some(OperationContract::withheld(
            op,
            Delivery::StopsEngine,
            Evidence::Measured,
            why,
        ));
    }
    if let Some(skipped) = OperationContract::skipped(op, intent.profile.skips) {
        return Some(skipped);
    }
    match op {
        Op::Create | Op::Truncate => None,
        Op::Read if intent.reads_rows() => None,
        Op::Read => Some(OperationContract::withheld(
            op,
            Delivery::NotAsked,
            Evidence::Documented,
            "SnapshotMode is never",
        )),
        Op::Update | Op::Delete => match table.identity {
            ReplicaIdentity::None | ReplicaIdentity::Nothing | ReplicaIdentity::IndexLost => {
                blocked("the server refuses the statement: no replica identity")
            }
            ReplicaIdentity::Full if major >= 18 && has_generated(table) => blocked(
                "the server refuses the statement: replica identity FULL would hold a generated \
                 column that is not published",
            ),
            _ => None,
        },
    }
}

fn has_generated(table: &Table) -> bool {
    table.columns.iter().any(|column| column.generated != Generated::Never)
}

fn has_columns_differing_by_case(table: &Table) -> bool {
    let mut names: Vec<String> =
        table.columns.iter().map(|column| column.name.untrusted().to_lowercase()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// Which row of which operation an image is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    /// A whole row, as it was or as it is.
    Whole,
    /// The new row of an update, or of an insert that stands for a changed key.
    New,
    /// The old row of a delete, of which only the identity was logged.
    Old,
    /// A row that the snapshot reads by SELECT.
    Snapshot,
}

fn events(op: Op, table: &Table, columns: &[Described]) -> OperationContract {
    let is_full = table.identity == ReplicaIdentity::Full;
    let image = |side| image(side, table, columns);
    let new = image(if logs_a_part(table.identity) { Side::New } else { Side::Whole });
    let (before, after) = match op {
        Op::Create => (Image::Null, new),
        Op::Delete => (image(if is_full { Side::Whole } else { Side::Old }), Image::Null),
        Op::Read => (Image::Null, image(Side::Snapshot)),
        Op::Truncate => (Image::Null, Image::Null),
        Op::Update => (if is_full { image(Side::Whole) } else { Image::Null }, new),
    };
    let mut contract = OperationContract::delivered(op, Evidence::Measured, before, after);
    let mut notes = notes(op, table, columns);
    if op == Op::Create && contract.after.as_ref().is_some_and(has_placeholder) {
        notes.push("stand-ins come only in inserts that stand for a changed key".into());
    }
    contract.notes = notes.into_iter().map(Text::new).collect();
    contract
}

fn image(side: Side, table: &Table, columns: &[Described]) -> Image {
    let presence = |(index, column): (usize, &Column)| ColumnImage {
        name: column.name.clone(),
        presence: match columns.get(index) {
            Some(described) => {
                let large = || toast::may_be_out_of_line(table, columns, index);
                presence(side, table, column, described, large)
            }
            None => Presence::Unknown,
        },
    };
    Image::Row { columns: table.columns.iter().enumerate().map(presence).collect() }
}

fn presence(
    side: Side,
    table: &Table,
    column: &Column,
    described: &Described,
    may_be_out_of_line: impl Fn() -> bool,
) -> Presence {
    let is_generated = column.generated != Generated::Never;
    match described.mapping.sent {
        Sent::Never => return Presence::Absent,
        Sent::Unknown | Sent::StopsEngine => return Presence::Unknown,
        Sent::SnapshotOnly if side != Side::Snapshot => return null_in_stream(column),
        Sent::Always | Sent::SnapshotOnly => {}
    }
    match side {
        Side::Snapshot if is_generated => Presence::ValueOrNull,
        _ if is_generated => Presence::Absent,
        Side::Old if !table.identity_columns.contains(&column.name) => not_sent(column, described),
        Side::New if may_be_out_of_line() => unchanged(column, described),
        _ => value(column, described),
    }
}

/// Whether updates are allowed and log only a part of the row: only they leave large values out.
fn logs_a_part(identity: ReplicaIdentity) -> bool {
    matches!(identity, ReplicaIdentity::Index | ReplicaIdentity::PrimaryKey)
}

fn has_placeholder(image: &Image) -> bool {
    let Image::Row { columns } = image else { return false };
    let is_one =
        |column: &ColumnImage| matches!(column.presence, Presence::UnchangedPlaceholder { .. });
    columns.iter().any(is_one)
}

/// `name` columns, which later events show as null; what a NOT NULL one shows was not seen.
fn null_in_stream(column: &Column) -> Presence {
    if column.not_null { Presence::Unknown } else { Presence::UnknownNull }
}

fn value(column: &Column, described: &Described) -> Presence {
    match &described.shown_default {
        _ if column.not_null => Presence::Value,
        ShownDefault::Constant(default) => Presence::NullAsDefault { default: default.clone() },
        ShownDefault::None | ShownDefault::Unknown => Presence::ValueOrNull,
    }
}

/// What stands for an old value outside the identity.
fn not_sent(column: &Column, described: &Described) -> Presence {
    match &described.shown_default {
        ShownDefault::Constant(default) => Presence::Fabricated { value: Some(default.clone()) },
        ShownDefault::Unknown => Presence::Fabricated { value: None },
        ShownDefault::None if column.not_null => {
            Presence::Fabricated { value: described.mapping.zero.clone() }
        }
        ShownDefault::None => Presence::UnknownNull,
    }
}

/// What stands for a value that may be large and that an update left alone.
fn unchanged(column: &Column, described: &Described) -> Presence {
    let placeholder = match (&described.mapping.unchanged, &described.shown_default) {
        (Unchanged::Placeholder(placeholder), _) => Some(placeholder.clone()),
        (Unchanged::Null, ShownDefault::Constant(default)) => Some(default.clone()),
        // Without a stand-in the engine stops, so that no event shows one.
        (Unchanged::Null, _) if column.not_null => return Presence::Value,
        (Unchanged::Null, ShownDefault::None) => Some(serde_json::Value::Null),
        (Unchanged::Null, ShownDefault::Unknown) | (Unchanged::Unknown, _) => None,
    };
    let nullable = value(column, described) == Presence::ValueOrNull;
    Presence::UnchangedPlaceholder { placeholder, nullable }
}

fn notes(op: Op, table: &Table, columns: &[Described]) -> Vec<String> {
    let mut notes = Vec::new();
    let is_full = table.identity == ReplicaIdentity::Full;
    if op == Op::Update && !is_full {
        let stops = |(index, column): &(usize, &Column)| {
            column.not_null
                && columns.get(*index).is_some_and(|described| {
                    described.mapping.unchanged == Unchanged::Null
                        && !matches!(described.shown_default, ShownDefault::Constant(_))
                })
                && toast::may_be_out_of_line(table, columns, *index)
        };
        let names = table.columns.iter().enumerate().filter(stops);
        notes.extend(names.map(|(_, column)| {
            format!(
                "an update that leaves a large value of {} unchanged stops the engine",
                column.name.untrusted()
            )
        }));
    }
    if op == Op::Delete && identity_misses_key(table) {
        notes.push("the event's key is fabricated: the index does not hold the primary key".into());
    }
    notes
}

/// Whether the identity is an index that leaves out a part of the primary key.
fn identity_misses_key(table: &Table) -> bool {
    table.identity == ReplicaIdentity::Index
        && table.primary_key.iter().any(|name| !table.identity_columns.contains(name))
}

#[cfg(test)]
mod tests;
