//! What the two databases have in common, and where they differ.

use sqlx::{Database, Pool};

/// A store in an SQL database.
pub(crate) struct Sql<DB: Database> {
    pub(super) pool: Pool<DB>,
}

/// Where the statements of one database differ from the other's.
///
/// Leases are compared with the database's own clock: the nodes' clocks may differ.
pub(crate) trait Dialect: Database {
    /// Leases the oldest job that is due; $1 worker, $2 milliseconds, $3 attempts at most. Two
    /// nodes never get the same.
    const CLAIM: &'static str;
    /// Prolongs a lease; $1 id, $2 worker, $3 milliseconds.
    const RENEW: &'static str;
    /// Adds a preflight unless so many are queued; see `preflights.rs` for the parameters.
    const ADD: &'static str;

    /// Ends jobs whose worker is dead and that nobody can take over; $1 attempts at most, $2 why.
    const ABANDON: &'static str;
    /// The stored source whose time has come, with its next time set. Two nodes never get the same.
    const DUE: &'static str;
    /// Begins a submission, or takes over what a dead worker began; $1 key, $2 preflight,
    /// $3 fingerprint, $4 worker, $5 milliseconds.
    const BEGIN: &'static str;
    /// Takes the journal of a target; $1 target, $2 worker, $3 milliseconds.
    const LOCK: &'static str;

    /// Adds a notice that is due at once; $1 id, $2 body.
    const POST: &'static str;
    /// Leases the notice that is due first; $1 worker, $2 milliseconds. Two nodes never get the
    /// same.
    const NEXT_DUE: &'static str;
    /// Puts a notice back; $1 id, $2 worker, $3 milliseconds until it is due.
    const PUT_BACK: &'static str;

    /// How many rows a statement changed.
    fn changed(result: &Self::QueryResult) -> u64;
}
