//! What goes on on the server while it is visited.

use serde::{Deserialize, Serialize};

use super::super::Fact;
use crate::{Missing, Text};

/// What goes on on the server. Each part needs a privilege of its own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// The oldest open transactions of InnoDB, oldest first, ten at most.
    pub transactions: Fact<Vec<Transaction>>,
    /// Values of variables that other sessions have set for themselves, and that change what is
    /// logged of their work.
    pub overrides: Fact<Vec<Override>>,
    /// How many distributed transactions are prepared and wait for their end.
    pub prepared: Fact<u64>,
    /// Locks on the definitions of tables that others wait for or that let nobody read, fifty at
    /// most.
    pub metadata_locks: Fact<Vec<MetadataLock>>,
}

/// An open transaction.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// The session that it is open in, for `KILL`.
    pub session: u64,
    /// For how many seconds it has been open.
    pub seconds: u64,
    /// How many rows it has changed.
    pub rows_changed: u64,
}

/// A value that other sessions have set for themselves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The variable.
    pub variable: Text,
    /// Its value there.
    pub value: Text,
    /// In how many sessions.
    pub sessions: u64,
    /// Some of these sessions, ten at most, for `KILL`.
    #[serde(default)]
    pub some: Vec<u64>,
}

/// A lock on the definition of a table.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataLock {
    /// The table.
    pub table: crate::TableName,
    /// `LOCK_TYPE`, for example `EXCLUSIVE`.
    pub kind: Text,
    /// Whether it is waited for, not held.
    pub pending: bool,
    /// The session that holds or awaits it, for `KILL`.
    pub session: u64,
}

impl Activity {
    /// Nothing is known of it, because of `missing`.
    pub fn missing(missing: &Missing) -> Self {
        Self {
            transactions: Fact::Missing(missing.clone()),
            overrides: Fact::Missing(missing.clone()),
            prepared: Fact::Missing(missing.clone()),
            metadata_locks: Fact::Missing(missing.clone()),
        }
    }
}
