//! Which server answers.

use serde::{Deserialize, Serialize};

use crate::Text;

/// What tells one server from another behind the same address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// `@@hostname`.
    pub hostname: Text,
    /// `@@server_id`.
    pub server_id: Text,
    /// `@@server_uuid`; empty on MariaDB, which has none.
    #[serde(default)]
    pub server_uuid: Text,
}

/// How far the server's clock is from the clock of the machine that asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The server's clock minus the own one, in milliseconds, at the middle of the round trip.
    pub ahead_ms: i64,
    /// How far that may be wrong either way, in milliseconds: half of the round trip.
    pub within_ms: u64,
}

/// The session as the two ends of it know it: the same, unless something stands between.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionId {
    /// What the greeting said.
    pub announced: u64,
    /// What `CONNECTION_ID()` said.
    pub own: u64,
}

/// How large a table is, by the storage engine's estimate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TableSize {
    /// The table.
    pub name: crate::TableName,
    /// Its rows; half or twice as many is common.
    pub rows: u64,
    /// Its data in bytes, without secondary indexes.
    pub bytes: u64,
}
