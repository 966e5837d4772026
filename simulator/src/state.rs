//! What all requests to one simulator share.

use std::sync::Arc;

use crate::KeyPolicy;
use crate::faults::FaultQueue;
use crate::journal::Journal;

/// What all requests to one simulator share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) keys: KeyPolicy,
    pub(crate) faults: FaultQueue,
    pub(crate) journal: Journal,
}

/// The state as the routers hold it.
pub(crate) type Shared = Arc<State>;
