//! How fast a server's log grows, whichever server it is.

use crate::facts::{Facts, Source};
use crate::mysql;

/// Bytes an hour by which the log of changes grows, on average over the time that it was watched:
/// the binary log's files, or the counters of the write-ahead log. `None` where that is too short a
/// time, or was not read.
pub fn log_bytes_per_hour(facts: &Facts) -> Option<u64> {
    match &facts.source {
        Source::MySql(db) => mysql::bytes_per_hour(db).ok()?.ok(),
        Source::Postgres(db) => {
            let second = u64::try_from(db.server().ok()?.wal_per_second()?).ok()?;
            Some(second.saturating_mul(3_600))
        }
        // A broker keeps messages, and no log of changes.
        Source::RabbitMq(_) => None,
    }
}
