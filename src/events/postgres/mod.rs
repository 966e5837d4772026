//! What PostgreSQL's logical decoding gives: replica identity against operation, stand-ins for old
//! and large values, publications, partitions, generated columns.

mod default;
mod delivery;
mod key;
mod publication;
mod row;
mod toast;
mod types;

use std::borrow::Cow;

use cdc_checks::event_size::EventSize;
use cdc_checks::facts::postgres::{
    Column, Generated, Postgres, RelationKind, ReplicaIdentity, Table, Tables,
};
use cdc_checks::{Conversion, Intent, Missing, TableName, Text};

use super::contract::{ColumnContract, Evidence, Key, TableContract};
use super::image::{Image, Presence};
use super::mapping::Mapping;
use super::operation::{Op, OperationContract};
use super::snapshot::Statement;
use default::{ShownDefault, shown_default};
use publication::Published;
use row::{Rows, Side, logs_a_part};

/// The tables and the absent ones.
pub(super) fn tables(
    db: &Postgres,
    intent: &Intent,
) -> Result<(Vec<TableContract>, Vec<TableName>), Missing> {
    let major = db.server()?.major();
    let tables = db.tables.get()?;
    let described = tables.found.iter().map(|table| describe(table, tables, major, intent));
    let found = described.collect::<Result<_, _>>()?;
    Ok((found, tables.absent.iter().map(|table| table.name.clone()).collect()))
}

/// A column's form, and what its default shows.
struct Described {
    mapping: Mapping,
    shown_default: ShownDefault,
}

fn describe(
    table: &Table,
    tables: &Tables,
    major: u32,
    intent: &Intent,
) -> Result<TableContract, Missing> {
    let table = &*with_identity(table, intent);
    let conversion = &intent.profile.conversion;
    let columns: Vec<Described> =
        table.columns.iter().map(|column| described(column, conversion)).collect();
    let published = Published::of(table, tables, major, intent)?;
    let key = key::key(table, &published);
    let null_as_default = conversion.null_as_default;
    let rows = Rows { table, columns: &columns, published: &published, null_as_default };
    let operations: Vec<OperationContract> =
        Op::ALL.into_iter().map(|op| operation(op, &rows, &key, intent)).collect();
    let gives_updates = operations.iter().any(|one| one.op == Op::Update && one.after.is_some());
    Ok(TableContract {
        name: table.name.clone(),
        old_row: Text::new(old_row(table)),
        columns: table
            .columns
            .iter()
            .zip(&columns)
            .map(|of| column_contract(of, &published))
            .collect(),
        operations,
        key_change: gives_updates.then(|| key::key_change(table, &key)).flatten(),
        key,
        size: EventSize::of_postgres(table),
        notes: table_notes(table, &published),
    })
}

/// The table with the identity that its rows have. The partitions hold the rows of a partitioned
/// table; and a connector may give tables that it owns another identity before it starts.
fn with_identity<'a>(table: &'a Table, intent: &Intent) -> Cow<'a, Table> {
    let mut rules = intent.profile.identity_autoset.iter().filter(|_| table.is_owner);
    let identity = match rules.find(|rule| rule.matches(&table.name)) {
        Some(rule) if table.leaves.is_none() => rule.identity_of(table),
        _ => delivery::leaf_identity(table).unwrap_or(table.identity),
    };
    if identity == table.identity {
        return Cow::Borrowed(table);
    }
    let identity_columns = match identity {
        ReplicaIdentity::PrimaryKey => table.primary_key.clone(),
        _ => Vec::new(),
    };
    Cow::Owned(Table { identity, identity_columns, ..table.clone() })
}

fn described(column: &Column, conversion: &Conversion) -> Described {
    let mapping = types::of_column(column, conversion);
    let shown_default = shown_default(column, &mapping);
    Described { mapping, shown_default }
}

fn old_row(table: &Table) -> &'static str {
    match table.identity {
        _ if delivery::leaf_identity(table).is_none() => "replica identities of the partitions",
        ReplicaIdentity::Full => "replica identity FULL",
        ReplicaIdentity::Index => "replica identity: a unique index",
        ReplicaIdentity::IndexLost => "replica identity: an index that is gone",
        ReplicaIdentity::None => "replica identity DEFAULT without a usable primary key",
        ReplicaIdentity::Nothing => "replica identity NOTHING",
        ReplicaIdentity::PrimaryKey => "replica identity: the primary key",
    }
}

fn column_contract(
    (column, described): (&Column, &Described),
    published: &Published,
) -> ColumnContract {
    let mapping = &described.mapping;
    let mut notes = mapping.notes.clone();
    if !published.has_column(column) {
        notes.push(match column.generated {
            Generated::Never => "not in the publication's column list: only the snapshot has it",
            Generated::Stored | Generated::Virtual => "generated: only the snapshot has it",
        });
    }
    if described.shown_default == ShownDefault::Unknown && !column.not_null {
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

fn table_notes(table: &Table, published: &Published) -> Vec<Statement> {
    let mut notes = Vec::new();
    if table.row_security {
        notes.push("row security filters what the snapshot reads; later events are not filtered");
    }
    if published.is_filtered {
        notes.push(
            "the row filter makes an update that enters it an insert, and one that leaves it a \
             delete; the snapshot reads all rows",
        );
    }
    if table.kind == RelationKind::Partitioned && published.via_root {
        notes.push("a TRUNCATE of one partition gives no event");
    }
    notes.into_iter().map(|note| Statement::new(note, Evidence::Measured)).collect()
}

fn operation(op: Op, rows: &Rows, key: &Key, intent: &Intent) -> OperationContract {
    delivery::withheld(op, rows.table, rows.published, intent)
        .unwrap_or_else(|| events(op, rows, key))
}

fn events(op: Op, rows: &Rows, key: &Key) -> OperationContract {
    let table = rows.table;
    let is_full = table.identity == ReplicaIdentity::Full;
    let (before, after) = match op {
        Op::Create => (Image::Null, rows.image(side_of_insert(rows, key))),
        Op::Delete => (rows.image(if is_full { Side::Whole } else { Side::Old }), Image::Null),
        Op::Read => (Image::Null, rows.image(Side::Snapshot)),
        Op::Truncate => (Image::Null, Image::Null),
        Op::Update => (old_of_update(rows, key), rows.image(side_of_update(table))),
    };
    let evidence = match table.kind {
        // How the snapshot reads partitions was not seen.
        RelationKind::Partitioned if op == Op::Read => Evidence::Inferred,
        _ => Evidence::Measured,
    };
    let mut contract = OperationContract::delivered(op, evidence, before, after);
    contract.notes = notes(op, rows, key, &contract).into_iter().map(Text::new).collect();
    contract
}

fn side_of_update(table: &Table) -> Side {
    if logs_a_part(table.identity) { Side::New } else { Side::Whole }
}

/// An insert may stand for an update, of the key or into a row filter, and then lacks what that
/// left alone.
fn side_of_insert(rows: &Rows, key: &Key) -> Side {
    let (table, published) = (rows.table, rows.published);
    let has_updates = !published.leaves_out(Op::Update) && published.refuses(Op::Update).is_none();
    let stands_for_update = *key != Key::None || published.is_filtered;
    if has_updates && stands_for_update { side_of_update(table) } else { Side::Whole }
}

fn old_of_update(rows: &Rows, key: &Key) -> Image {
    match rows.table.identity {
        ReplicaIdentity::Full => rows.image(Side::Whole),
        _ if key::identity_exceeds_key(rows.table, key) => {
            Image::RowOrNull { columns: rows.row(Side::Old) }
        }
        _ => Image::Null,
    }
}

fn notes(op: Op, rows: &Rows, key: &Key, contract: &OperationContract) -> Vec<String> {
    match op {
        Op::Create if contract.after.as_ref().is_some_and(has_placeholder) => {
            vec!["stand-ins come only in inserts that stand for a changed key".into()]
        }
        Op::Delete if key::identity_misses_key(rows.table, key) => {
            vec!["the event's key is fabricated: the index does not hold the key".into()]
        }
        Op::Update => rows
            .that_stop_the_engine()
            .map(|column| {
                let name = column.name.untrusted();
                format!("an update that leaves a large value of {name} unchanged stops the engine")
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn has_placeholder(image: &Image) -> bool {
    let is_one = |presence: &Presence| matches!(presence, Presence::UnchangedPlaceholder { .. });
    image.columns().unwrap_or_default().iter().any(|column| is_one(&column.presence))
}

#[cfg(test)]
mod tests;
