//! What outlives a request: preflights, their progress and their results, sources, tokens, the audit
//! log.
//!
//! One trait, two databases: SQLite in the state folder ([`sqlite`]), and PostgreSQL for several
//! nodes ([`postgres`]). Both are [`Sql`], whose statements they share; what differs is in
//! [`Dialect`]. The same tests run on both.
//!
//! The queue is the table itself: a job is a row that is `queued`, or `running` under a lease that
//! is over. There is no second place that could disagree with it after a crash, as there would be
//! beside the tables of a queueing library. A worker gives itself a new name for every attempt and
//! can only write under that name, so that one that was taken for dead and lives on changes
//! nothing.

mod audit;
mod dialect;
mod outbox;
mod postgres;
mod preflights;
mod record;
mod sources;
mod sqlite;
mod submissions;
mod tokens;
mod tracks;
mod waivers;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use thiserror::Error;
use tokio::time::timeout;
use uuid::Uuid;

pub use audit::{AuditEntry, AuditLog};
pub(crate) use dialect::{Dialect, Sql};
pub use outbox::{Due, Notice, Outbox};
pub use record::{
    Counts, Filter, NewPreflight, Preflight, ProgressEvent, RunOptions, State, Verdict,
};
pub use sources::{Source, SourceStanding, Sources};
pub use submissions::{Begun, Submissions};
pub use tokens::{StoredToken, Tokens};
pub use tracks::{Candidate, Settled, Track, Tracks};
pub use waivers::{NamedWaiver, StoredWaiver, Waivers};

/// What an operation of the store gives, some time later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The address of the store is not usable. The message repeats nothing of it.
    #[error("--store: {0}")]
    Address(&'static str),
    /// The database said no, or nothing.
    #[error("the store: {0}")]
    Database(#[from] sqlx::Error),
    /// The file of the store cannot be used.
    #[error("the store: {path:?}: {source}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The tables cannot be brought up to date.
    #[error("the store's tables: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database keeps silent.
    #[error("the store has not answered for {} s", PATIENCE.as_secs())]
    Silent,
    /// A row holds what this version does not write.
    #[error("the store holds a row that this version cannot read: {0}")]
    Row(String),
}

/// How long an operation may take. What a network swallows is never answered, and whoever waited
/// for it would wait for ever.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long an operation may wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How often a job is begun. One that ends its node every time does not go round for ever.
pub const MOST_ATTEMPTS: u32 = 5;

/// What outlives a request. Every operation is whole or not at all.
pub trait Store:
    AuditLog + Outbox + Sources + Submissions + Tokens + Tracks + Waivers + Send + Sync
{
    /// Whether the database answers.
    fn ping(&self) -> Answer<'_, ()>;

    /// Adds a preflight, unless so many are queued already. `worker` runs it at once, without
    /// queueing it.
    fn add(&self, new: NewPreflight, limit: u64, worker: Option<Lease>) -> Answer<'_, bool>;

    /// One preflight.
    fn preflight(&self, id: Uuid) -> Answer<'_, Option<Preflight>>;

    /// Preflights, the newest first, without their results.
    fn preflights(&self, filter: Filter) -> Answer<'_, Vec<Preflight>>;

    /// The oldest job that is due, now leased to this worker.
    fn claim(&self, lease: Lease) -> Answer<'_, Option<Preflight>>;

    /// Prolongs a lease; `false` where another worker has the job, or it is done.
    fn renew(&self, id: Uuid, lease: Lease) -> Answer<'_, bool>;

    /// Gives a job back that was not finished.
    fn release(&self, id: Uuid, worker: Uuid) -> Answer<'_, bool>;

    /// Records the end of a job; `false`, and nothing recorded, where this worker has it no more.
    fn finish(&self, id: Uuid, worker: Uuid, verdict: Verdict) -> Answer<'_, bool>;

    /// Adds to the progress of a preflight.
    fn tell(&self, id: Uuid, event: Value) -> Answer<'_, ()>;

    /// The progress of a preflight after an event's number.
    fn progress(&self, id: Uuid, after: u64) -> Answer<'_, Vec<ProgressEvent>>;

    /// How many jobs are queued or run.
    fn backlog(&self) -> Answer<'_, u64>;

    /// Ends preflights whose worker is dead and that nobody can take over, with this problem, and
    /// says how many.
    fn abandon(&self, problem: Value) -> Answer<'_, u64>;

    /// Removes preflights that ended this long ago, and says how many. Those stay with which the
    /// next run of a stored source is compared.
    fn purge(&self, age: Duration) -> Answer<'_, u64>;
}

/// An operation that fails where the database keeps silent.
fn in_time<'a, T>(
    operation: impl Future<Output = Result<T, StoreError>> + Send + 'a,
) -> Answer<'a, T> {
    Box::pin(async {
        timeout(PATIENCE, operation).await.unwrap_or_else(|_| Err(StoreError::Silent))
    })
}

/// A worker's name for one attempt, and for how long it may go on without a word.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The name, new for every attempt.
    pub worker: Uuid,
    /// Until it is taken for dead.
    pub lasts: Duration,
}

impl Lease {
    /// A lease under a name of its own.
    pub fn new(lasts: Duration) -> Self {
        Self { worker: Uuid::new_v4(), lasts }
    }
}

/// Opens the store at an address: `postgres://...`, or the path of an SQLite file, and brings its
/// tables up to date. Several nodes may do so at once.
///
/// # Errors
/// When the database cannot be opened or its tables are of a later version.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok(Arc::new(postgres::open(address).await?));
    }
    if address.contains("://") && !address.starts_with("sqlite://") {
        return Err(StoreError::Address("a store is postgres://..., or the path of a file"));
    }
    let path = address.strip_prefix("sqlite://").unwrap_or(address);
    Ok(Arc::new(sqlite::open(path.as_ref()).await?))
}
