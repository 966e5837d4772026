//! What every handler and every worker shares.

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::access::Limits;
use super::config::Config;
use super::metrics::Metrics;
use super::store::Store;

/// What every handler and every worker shares. Cloning it is cheap.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

/// The parts of a [`Service`].
pub struct Shared {
    /// What the operator says.
    pub config: Config,
    /// What outlives a request.
    pub store: Arc<dyn Store>,
    /// Tells workers that there is something to do, before they look by themselves.
    pub(super) work: Notify,
    /// Tells those who wait for a preflight that something happened.
    pub(super) news: Notify,
    /// Tells the sender that there is something to tell a webhook.
    pub(super) outgoing: Notify,
    /// Preflights that may run at the same time, whether they were queued or not.
    pub(super) slots: Arc<Semaphore>,
    /// HTTP requests that may be answered at the same time.
    pub(super) requests: Semaphore,
    /// Callers that may watch preflights at the same time.
    pub(super) watchers: Arc<Semaphore>,
    /// What each caller has left.
    pub(super) limits: Limits,
    /// What is counted.
    pub(super) metrics: Metrics,
    /// Cancelled when the service is told to stop: nothing new is begun.
    pub stopping: CancellationToken,
    /// Cancelled when the time to end is over: what still runs is given back.
    pub(super) aborting: CancellationToken,
    /// What runs in the background.
    pub(super) tasks: TaskTracker,
}

impl Service {
    /// A service on this store. Nothing runs yet.
    pub fn new(config: Config, store: Arc<dyn Store>) -> Self {
        Self(Arc::new(Shared {
            slots: Arc::new(Semaphore::new(config.workers)),
            requests: Semaphore::new(config.request_limit.min(Semaphore::MAX_PERMITS)),
            watchers: Arc::new(Semaphore::new(config.request_limit.min(Semaphore::MAX_PERMITS))),
            limits: Limits::new(config.rate),
            metrics: Metrics::new(),
            config,
            store,
            work: Notify::new(),
            news: Notify::new(),
            outgoing: Notify::new(),
            stopping: CancellationToken::new(),
            aborting: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts the workers and the housekeeping of this node.
    pub fn start_jobs(&self) {
        super::jobs::start(self);
    }
}

impl std::ops::Deref for Service {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
