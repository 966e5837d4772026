//! The time and the passing of it, so that tests need not wait.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// The time and the passing of it.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// A number that nobody used before.
    fn nonce(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// Waits so long.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}
