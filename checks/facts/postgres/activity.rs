//! What goes on in a PostgreSQL server beside this session: who is connected, who writes, how fast
//! the log grows.

use serde::{Deserialize, Serialize};

use super::Server;
use crate::Text;

/// Server processes that are connected.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Sessions {
    /// To any database of the cluster.
    pub all: i64,
    /// To the database of this session.
    #[serde(default)]
    pub database: Option<i64>,
    /// By this session's login role, this session among them.
    pub own: i64,
}

/// A transaction that holds a transaction id. A new logical slot waits until it ends, in whichever
/// database it runs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Writer {
    /// Its process; `None` for a prepared transaction, which has none.
    pub pid: Option<i64>,
    /// Transaction ids that were given out since its own.
    pub age: i64,
    /// Its database.
    pub database: Option<Text>,
    /// The seconds it has been open; `None` where the server hides them from this role.
    pub seconds: Option<i64>,
}

/// A prepared transaction, which no session owns and only a statement ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PreparedTransaction {
    /// The name it was prepared under.
    pub gid: Text,
    /// Its database.
    pub database: Option<Text>,
    /// The role that prepared it.
    #[serde(default)]
    pub owner: Option<Text>,
    /// Seconds since it was prepared.
    pub seconds: i64,
}

/// Write-ahead log written since the statistics were reset.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WalWritten {
    /// Bytes written.
    pub bytes: i64,
    /// Seconds since the reset.
    pub seconds: i64,
}

/// What decoding for one slot wrote to disk because it did not fit into memory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Decoded {
    /// The slot.
    pub name: Text,
    /// Bytes of decoded changes that went to disk.
    pub spilled_bytes: i64,
    /// Bytes of decoded changes altogether.
    pub total_bytes: i64,
}

/// Committed transactions since the statistics were reset.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Commits {
    /// In the database of this session.
    pub own: i64,
    /// In all other databases of the cluster.
    pub others: i64,
}

/// An event trigger.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct EventTrigger {
    /// Its name.
    pub name: Text,
    /// What it fires on, for example `ddl_command_end`.
    pub event: String,
    /// Whether it fires in ordinary sessions.
    pub enabled: bool,
}

impl Server {
    /// Bytes of write-ahead log per second, where they were counted for an hour at least.
    pub fn wal_per_second(&self) -> Option<i64> {
        let wal = self.wal.as_ref().filter(|wal| wal.seconds >= 3600)?;
        Some((wal.bytes / wal.seconds).max(1))
    }
}
