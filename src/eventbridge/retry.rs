//! When a call is made again, and after which wait.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// The most attempts, the first one included.
    pub attempts: usize,
    /// The longest wait after the first attempt; it doubles from one to the next. How much of it is
    /// waited is drawn at random (full jitter), so that many clients do not come back at once.
    pub first_wait: Duration,
    /// The longest wait of our own accord that it doubles up to.
    pub longest_wait: Duration,
    /// The longest wait that is granted when the service asks for one. Where it asks for more,
    /// the call is given up: asking earlier than allowed would be refused as well.
    pub longest_hint: Duration,
    /// The time after which no further attempt begins of a call without a clearance. One with a
    /// clearance has until that expires.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    /// What the service's guide recommends for a write: one second, doubled up to thirty, and five
    /// attempts. A wait that the service asks for may last two minutes.
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            longest_hint: Duration::from_secs(120),
            budget: Duration::from_secs(300),
        }
    }
}

/// The waits of one submission.
#[derive(Debug)]
pub(super) struct Waits {
    backoff: ExponentialBackoff,
    longest_hint: Duration,
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum GiveUp {
    AttemptsUsedUp,
    WaitTooLong,
}

impl RetryPolicy {
    /// The waits of one submission.
    pub(super) fn waits(&self) -> Waits {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_factor(2.0)
            .with_max_times(self.attempts.saturating_sub(1))
            .build();
        Waits { backoff, longest_hint: self.longest_hint }
    }
}

impl Waits {
    /// The wait before the next attempt: this part of our own, from 0 to 1, or the service's,
    /// whichever is longer.
    pub(super) fn next(&mut self, hint: Option<Duration>, part: f64) -> Result<Duration, GiveUp> {
        let longest = self.backoff.next().ok_or(GiveUp::AttemptsUsedUp)?;
        let own = longest.mul_f64(part.clamp(0.0, 1.0));
        match hint {
            Some(hint) if hint > self.longest_hint => Err(GiveUp::WaitTooLong),
            Some(hint) => Ok(own.max(hint)),
            None => Ok(own),
        }
    }
}

/// The wait that the service asks for: the longer of `Retry-After` (seconds or a date) and
/// `x-acs-retry-after` (milliseconds). What cannot be read is ignored.
pub(super) fn hint(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |value: Option<&reqwest::header::HeaderValue>| {
        value.and_then(|value| value.to_str().ok()).map(|text| text.trim().to_owned())
    };
    let standard = text(headers.get(RETRY_AFTER)).and_then(|value| retry_after(&value, now));
    let own = text(headers.get("x-acs-retry-after"))
        .and_then(|value| value.parse().ok())
        .map(Duration::from_millis);
    standard.max(own)
}

fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date that has passed asks for no wait.
    Some(date.duration_since(SystemTime::from(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value): &(&'static str, &'static str)| {
            (reqwest::header::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn hinted(pairs: &[(&'static str, &'static str)]) -> Option<Duration> {
        hint(&headers(pairs), "2026-01-02T03:04:05Z".parse().expect("a time"))
    }

    fn waits(attempts: usize, part: f64) -> Vec<Duration> {
        let mut waits = RetryPolicy { attempts, ..RetryPolicy::default() }.waits();
        std::iter::from_fn(|| waits.next(None, part).ok()).collect()
    }

    #[test]
    fn waits_double_from_one_second_to_thirty_and_have_full_jitter() {
        let seconds = |all: &[f64]| -> Vec<Duration> {
            all.iter().map(|seconds| Duration::from_secs_f64(*seconds)).collect()
        };
        let longest = [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
        assert_eq!(waits(8, 1.0), seconds(&longest));
        assert_eq!(waits(8, 0.5), seconds(&longest.map(|wait| wait / 2.0)));
        assert_eq!(waits(8, 0.0), seconds(&[0.0; 7]));
        assert_eq!(RetryPolicy::default().attempts, 5);
    }

    #[test]
    fn the_services_wait_is_granted_up_to_a_limit() {
        let next =
            |hint, part| RetryPolicy::default().waits().next(Some(Duration::from_secs(hint)), part);
        assert_eq!(next(120, 1.0), Ok(Duration::from_secs(120)));
        assert_eq!(next(121, 1.0), Err(GiveUp::WaitTooLong));
        assert_eq!(next(0, 1.0), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn one_attempt_is_one_attempt() {
        for attempts in [0, 1] {
            assert!(waits(attempts, 1.0).is_empty(), "{attempts}");
        }
    }

    #[test]
    fn hints_are_seconds_dates_or_milliseconds() {
        let seconds = |number| Some(Duration::from_secs(number));
        assert_eq!(hinted(&[("retry-after", " 7 ")]), seconds(7));
        assert_eq!(hinted(&[("retry-after", "Fri, 02 Jan 2026 03:04:15 GMT")]), seconds(10));
        assert_eq!(hinted(&[("retry-after", "Fri, 02 Jan 2026 03:04:00 GMT")]), seconds(0));
        assert_eq!(hinted(&[("x-acs-retry-after", "2500")]), Some(Duration::from_millis(2_500)));
        assert_eq!(hinted(&[("retry-after", "2"), ("x-acs-retry-after", "9000")]), seconds(9));
        for junk in ["", "soon", "-1", "99999999999999999999999"] {
            assert_eq!(hinted(&[("retry-after", junk), ("x-acs-retry-after", junk)]), None);
        }
    }
}
