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

    /// A number from 0 to 1 at random: which part of its longest wait a client waits.
    fn jitter(&self) -> f64 {
        // The first 48 bits of such a number are random.
        let bits = u32::try_from(self.nonce().as_u64_pair().0 >> 32).unwrap_or_default();
        f64::from(bits) / f64::from(u32::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_spread_over_all_of_its_range() {
        let drawn: Vec<f64> = (0..1_000).map(|_| SystemClock.jitter()).collect();
        assert!(drawn.iter().all(|part| (0.0..=1.0).contains(part)));
        for tenth in 0..10 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            let count = drawn.iter().filter(|part| range.contains(part)).count();
            assert!((40..=200).contains(&count), "{count} of 1000 within {range:?}");
        }
    }
}
