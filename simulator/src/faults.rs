//! The ways in which the simulator misbehaves on demand, and the queue they wait in.

mod effect;
mod file;
mod spec;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use file::FaultFileError;
pub use spec::{FaultSpec, FaultSpecError};

use crate::operations::Operation;

/// One way to misbehave towards one request. Its `Display` form is the one [`FaultSpec`] parses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `check-fails`: the next `TestEventSourceConfig` tells of a check that failed.
    CheckFails,
    /// `content-type[:TYPE]`: the right answer under a wrong media type.
    ContentType {
        /// The media type.
        media_type: String,
    },
    /// `drop`: the request is carried out and journalled, then the connection is closed
    /// unanswered.
    Drop,
    /// `drop-before`: the connection is reset before anything is read. Nothing is journalled.
    DropBefore,
    /// `empty`: the request is carried out; the answer has its status and no body.
    Empty,
    /// `html`: status 502 with a page of HTML, as a proxy in between would write.
    Html,
    /// `500`: Code `InternalError`.
    InternalError,
    /// `404[:CODE]`: Code `EventStreamingNotExisted` if none is given.
    NotFound {
        /// The `Code` of the envelope.
        code: String,
    },
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
    /// `run-fails`: the next stream that starts becomes `RUNNING_FAILED`.
    RunFails,
    /// `503`: Code `ServiceUnavailable`.
    ServiceUnavailable,
    /// `slow:MS`: the request is carried out and journalled; the answer leaves later.
    Slow {
        /// How much later; whole milliseconds.
        delay: Duration,
    },
    /// `start-fails`: the next stream that starts becomes `STARTING_FAILED`.
    StartFails,
    /// `400-throttling`: status 400, Code `Throttling.User`, as the vendor's gateway throttles.
    Throttling,
    /// `429[:retry-after=S][:x-acs-retry-after=MS]`: Code `TooManyRequests`.
    TooManyRequests {
        /// The `Retry-After` header in seconds; none leaves the header out.
        retry_after: Option<u64>,
        /// The `x-acs-retry-after` header in milliseconds; none leaves the header out.
        x_acs_retry_after: Option<u64>,
    },
    /// `truncated`: the request is carried out; the answer ends in the middle of its JSON.
    Truncated,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckFails => f.write_str("check-fails"),
            Self::ContentType { media_type } => write!(f, "content-type:{media_type}"),
            Self::Drop => f.write_str("drop"),
            Self::DropBefore => f.write_str("drop-before"),
            Self::Empty => f.write_str("empty"),
            Self::Html => f.write_str("html"),
            Self::InternalError => f.write_str("500"),
            Self::NotFound { code } => write!(f, "404:{code}"),
            Self::NotSuccess { code } => write!(f, "not-success:{code}"),
            Self::Reject { code } => write!(f, "reject:{code}"),
            Self::RunFails => f.write_str("run-fails"),
            Self::ServiceUnavailable => f.write_str("503"),
            Self::Slow { delay } => write!(f, "slow:{}", delay.as_millis()),
            Self::StartFails => f.write_str("start-fails"),
            Self::Throttling => f.write_str("400-throttling"),
            Self::TooManyRequests { retry_after, x_acs_retry_after } => {
                f.write_str("429")?;
                if let Some(seconds) = retry_after {
                    write!(f, ":retry-after={seconds}")?;
                }
                match x_acs_retry_after {
                    Some(milliseconds) => write!(f, ":x-acs-retry-after={milliseconds}"),
                    None => Ok(()),
                }
            }
            Self::Truncated => f.write_str("truncated"),
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

    /// Takes the fault meant for a request with this operation, if any waits.
    pub(crate) fn take(&self, operation: Option<Operation>) -> Option<Fault> {
        let mut queue = self.lock();
        let meant = |spec: &FaultSpec| {
            spec.fault != Fault::DropBefore && (spec.on.is_none() || spec.on == operation)
        };
        let place = queue.iter().position(meant)?;
        spend(&mut queue, place)
    }

    /// Takes the fault that forbids the reading, when it is the next one for whatever comes.
    pub(crate) fn take_unread(&self) -> bool {
        let mut queue = self.lock();
        let Some(place) = queue.iter().position(|spec| spec.on.is_none()) else { return false };
        queue[place].fault == Fault::DropBefore && spend(&mut queue, place).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FaultSpec>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Spends the fault at a place once.
fn spend(queue: &mut VecDeque<FaultSpec>, place: usize) -> Option<Fault> {
    let spec = queue.get_mut(place)?;
    spec.count = spec.count.saturating_sub(1);
    if spec.count > 0 {
        return Some(spec.fault.clone());
    }
    queue.remove(place).map(|spent| spent.fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(specs: &[&str]) -> FaultQueue {
        FaultQueue::new(specs.iter().map(|text| text.parse().expect("a good spec")).collect())
    }

    #[test]
    fn faults_are_taken_in_order_and_as_often_as_counted() {
        let queue = queue(&["503:count=2", "drop"]);
        queue.push(FaultSpec::once(Fault::Html));
        let taken: Vec<_> = std::iter::from_fn(|| queue.take(None)).collect();
        let expected =
            [Fault::ServiceUnavailable, Fault::ServiceUnavailable, Fault::Drop, Fault::Html];
        assert_eq!(taken, expected);
    }

    #[test]
    fn a_fault_waits_for_its_operation() {
        let queue = queue(&["500:on=GetEventStreaming", "start-fails", "503"]);
        assert_eq!(queue.take(None), Some(Fault::ServiceUnavailable));
        assert_eq!(queue.take(Some(Operation::CreateEventStreaming)), None);
        let get = queue.take(Some(Operation::GetEventStreaming));
        assert_eq!(get, Some(Fault::InternalError));
        let start = queue.take(Some(Operation::StartEventStreaming));
        assert_eq!(start, Some(Fault::StartFails));
        assert_eq!(queue.take(Some(Operation::StartEventStreaming)), None);
    }

    #[test]
    fn nothing_is_read_when_that_is_next() {
        let queue = queue(&["500:on=GetEventStreaming", "503", "drop-before:count=2"]);
        assert!(!queue.take_unread());
        assert_eq!(queue.take(None), Some(Fault::ServiceUnavailable));
        assert!(queue.take_unread() && queue.take_unread() && !queue.take_unread());
    }
}
