//! The key that events carry, and what a change of it gives.

use cdc_checks::Text;
use cdc_checks::facts::postgres::{ReplicaIdentity, Table};

use crate::events::contract::{Evidence, Key};
use crate::events::operation::KeyChange;

use super::publication::Published;

/// The primary key, or else a unique key on columns that are all NOT NULL; without the columns that
/// are not published.
pub(super) fn key(table: &Table, published: &Published) -> Key {
    let known = |columns: &[Text], evidence| {
        let sent = columns.iter().filter(|name| published.has(name)).cloned();
        match sent.collect::<Vec<_>>() {
            columns if columns.is_empty() => Key::None,
            columns => Key::Columns { columns, evidence },
        }
    };
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
pub(super) fn key_change(table: &Table, key: &Key) -> Option<KeyChange> {
    let Key::Columns { columns, evidence } = key else { return None };
    match table.identity {
        ReplicaIdentity::Full | ReplicaIdentity::PrimaryKey => {
            Some(KeyChange::split(*evidence, columns.clone()))
        }
        ReplicaIdentity::Index if identity_misses_key(table, key) => {
            let notes = [
                "the delete, its tombstone and the header of the insert have a made-up key",
                "a changed key alone is an update under the new key, without a delete",
            ];
            let mut change = KeyChange::split(*evidence, table.identity_columns.clone());
            change.notes = notes.into_iter().map(Text::new).collect();
            Some(change)
        }
        ReplicaIdentity::Index => Some(KeyChange::split(*evidence, columns.clone())),
        ReplicaIdentity::IndexLost | ReplicaIdentity::None | ReplicaIdentity::Nothing => None,
    }
}

/// Whether the identity is an index that leaves out a part of the key.
pub(super) fn identity_misses_key(table: &Table, key: &Key) -> bool {
    let Key::Columns { columns, .. } = key else { return false };
    table.identity == ReplicaIdentity::Index
        && columns.iter().any(|name| !table.identity_columns.contains(name))
}

/// Whether a change of the identity can leave the key as it is, so that an update shows the old
/// identity.
pub(super) fn identity_exceeds_key(table: &Table, key: &Key) -> bool {
    let columns = match key {
        Key::Columns { columns, .. } => columns.as_slice(),
        Key::None => &[],
        Key::Unknown => return false,
    };
    table.identity == ReplicaIdentity::Index
        && !identity_misses_key(table, key)
        && table.identity_columns.iter().any(|name| !columns.contains(name))
}
