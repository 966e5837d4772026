//! A clock that only sleeping moves, and that keeps the sleeps.

use std::sync::Mutex;
use std::time::Duration;

use cdc_preflight::eventbridge::Clock;
use jiff::Timestamp;

/// When every test begins.
pub(crate) const START: Timestamp = Timestamp::constant(1_767_323_045, 0);

#[derive(Debug)]
pub(crate) struct TestClock {
    slept: Mutex<Vec<Duration>>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self { slept: Mutex::default() }
    }

    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap().clone()
    }
}

impl Clock for &TestClock {
    fn now(&self) -> Timestamp {
        self.slept().into_iter().fold(START, |now, slept| now + slept)
    }

    /// Every wait is the longest.
    fn jitter(&self) -> f64 {
        1.0
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
    }
}
