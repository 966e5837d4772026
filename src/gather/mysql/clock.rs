//! The server's clock against the one of this machine.

use cdc_checks::facts::mysql::Clock;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use tokio::time::Instant;

/// Measures a round trip.
pub(super) struct Stopwatch {
    began: Timestamp,
    since: Instant,
}

/// When a round trip began, and how long it took.
pub(super) struct RoundTrip {
    began: Timestamp,
    took_ms: i64,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { began: Timestamp::now(), since: Instant::now() }
    }

    pub(super) fn stop(self) -> RoundTrip {
        let took_ms = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX / 2);
        RoundTrip { began: self.began, took_ms }
    }
}

impl RoundTrip {
    /// Compares what `UTC_TIMESTAMP(6)` said in this round trip with the own clock at the middle of
    /// it; `None` where it is no time.
    pub(super) fn compare(&self, utc: &str) -> Option<Clock> {
        let server = utc.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let half = self.took_ms / 2;
        let since_began = server.since((Unit::Millisecond, self.began)).ok()?.get_milliseconds();
        Some(Clock {
            ahead_ms: since_began.saturating_sub(half),
            within_ms: u64::try_from(half + 1).unwrap_or(u64::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, RoundTrip};

    #[test]
    fn the_middle_of_the_round_trip_counts() {
        let began = "2026-01-02T03:04:05Z".parse().expect("a time");
        let round_trip = RoundTrip { began, took_ms: 200 };
        let ahead = |utc| round_trip.compare(utc);
        let clock = |ahead_ms| Some(Clock { ahead_ms, within_ms: 101 });
        assert_eq!(ahead("2026-01-02 03:04:05.100000"), clock(0));
        assert_eq!(ahead("2026-01-02 03:04:15.350000"), clock(10_250));
        assert_eq!(ahead("2026-01-02 03:03:05"), clock(-60_100));
        assert_eq!(ahead("0000-00-00 00:00:00"), None);
        assert_eq!(ahead(""), None);
    }
}
