//! The ways in which the simulator misbehaves on demand, and the queue they wait in.

mod spec;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use spec::{FaultSpec, FaultSpecError};

/// One way to misbehave towards one request. Its `Display` form is the one [`FaultSpec`] parses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `drop`: the request is accepted and journalled, then the connection is closed unanswered.
    Drop,
    /// `drop-before`: the connection is reset before anything is read. Nothing is journalled.
    DropBefore,
    /// `html`: status 502 with a page of HTML, as a proxy in between would write.
    Html,
    /// `500`: Code `InternalError`.
    InternalError,
    /// `not-success[:CODE]`: status 200 whose envelope says `Success: false`.
    NotSuccess {
        /// The `Code` of the envelope.
        code: String,
    },
    /// `reject:CODE`: status 400.
    Reject {
        /// The `Code` of the envelope.
        code: String,
    },
    /// `503`: Code `ServiceUnavailable`.
    ServiceUnavailable,
    /// `slow:MS`: the request is accepted and journalled; the answer leaves later.
    Slow {
        /// How much later; whole milliseconds.
        delay: Duration,
    },
    /// `400-throttling`: status 400, Code `Throttling.User`, as the vendor's gateway throttles.
    Throttling,
    /// `429[:retry-after=S]`: Code `TooManyRequests`.
    TooManyRequests {
        /// The `Retry-After` header in seconds; none leaves the header out.
        retry_after: Option<u64>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::DropBefore => f.write_str("drop-before"),
            Self::Html => f.write_str("html"),
            Self::InternalError => f.write_str("500"),
            Self::NotSuccess { code } => write!(f, "not-success:{code}"),
            Self::Reject { code } => write!(f, "reject:{code}"),
            Self::ServiceUnavailable => f.write_str("503"),
            Self::Slow { delay } => write!(f, "slow:{}", delay.as_millis()),
            Self::Throttling => f.write_str("400-throttling"),
            Self::TooManyRequests { retry_after: None } => f.write_str("429"),
            Self::TooManyRequests { retry_after: Some(seconds) } => {
                write!(f, "429:retry-after={seconds}")
            }
        }
    }
}

/// The faults that wait for requests, first in, first out.
#[derive(Debug)]
pub(crate) struct FaultQueue(Mutex<VecDeque<FaultSpec>>);

impl FaultQueue {
    pub(crate) fn new(specs: Vec<FaultSpec>) -> Self {
        Self(Mutex::new(specs.into()))
    }

    pub(crate) fn push(&self, spec: FaultSpec) {
        self.lock().push_back(spec);
    }

    /// Takes the fault meant for the next request, if any waits.
    pub(crate) fn take(&self) -> Option<Fault> {
        let mut queue = self.lock();
        let spec = queue.front_mut()?;
        spec.count = spec.count.saturating_sub(1);
        if spec.count > 0 {
            return Some(spec.fault.clone());
        }
        queue.pop_front().map(|spent| spent.fault)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FaultSpec>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_taken_in_order_and_as_often_as_counted() {
        let specs = ["503:count=2", "drop"].map(|text| text.parse().expect("a good spec"));
        let queue = FaultQueue::new(specs.into());
        queue.push(FaultSpec::once(Fault::Html));
        let taken: Vec<_> = std::iter::from_fn(|| queue.take()).collect();
        let expected =
            [Fault::ServiceUnavailable, Fault::ServiceUnavailable, Fault::Drop, Fault::Html];
        assert_eq!(taken, expected);
    }
}
