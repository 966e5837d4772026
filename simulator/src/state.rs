//! What all requests to one simulator share.

use std::sync::Arc;

use crate::clock::Clock;
use crate::faults::FaultQueue;
use crate::journal::Journal;
use crate::streams::Streams;
use crate::verify::Verifier;

/// What all requests to one simulator share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) verifier: Verifier,
    pub(crate) streams: Streams,
    pub(crate) faults: FaultQueue,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    pub(crate) account_id: String,
    pub(crate) region: String,
}

/// The state as connections hold it.
pub(crate) type Shared = Arc<State>;
