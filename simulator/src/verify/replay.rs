//! What keeps a recorded request from being sent again: a window of time, and nonces.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::reply::Refusal;

/// How far the date of a request may be from now, either way.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Whether a date is near enough.
pub(super) fn in_window(date: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if now.duration_since(date).abs() <= WINDOW {
        return Ok(());
    }
    let message = format!("The date of the request is more than 15 minutes from {now:.0}.");
    Err(Refusal::bad("InvalidTimeStamp.Expired", message))
}

/// The nonces of each access key that could still be accepted, and when they came.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashMap<(String, String), Timestamp>>);

impl Nonces {
    /// Uses up a nonce. The older interfaces do not ask for one.
    pub(super) fn spend(
        &self,
        key_id: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(nonce) = nonce else { return Ok(()) };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A date may lie one window ahead when it is first seen, and stays good for one more.
        seen.retain(|_, at| now.duration_since(*at) <= WINDOW * 2);
        match seen.insert((key_id.to_owned(), nonce.to_owned()), now) {
            None => Ok(()),
            Some(_) => {
                let message = "The nonce of the request was used before.";
                Err(Refusal::bad("SignatureNonceUsed", message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_date_is_good_for_fifteen_minutes_either_way() {
        let now = at("2026-01-02T03:15:00Z");
        for good in ["2026-01-02T03:00:00Z", "2026-01-02T03:15:00Z", "2026-01-02T03:30:00Z"] {
            assert_eq!(in_window(at(good), now), Ok(()), "{good}");
        }
        for bad in ["2026-01-02T02:59:59Z", "2026-01-02T03:30:01Z", "1970-01-01T00:00:00Z"] {
            let refusal = in_window(at(bad), now).expect_err(bad);
            assert_eq!(refusal.code, "InvalidTimeStamp.Expired", "{bad}");
        }
    }

    #[test]
    fn a_nonce_is_good_once_per_key_until_it_is_forgotten() {
        let nonces = Nonces::default();
        let spend = |key, nonce, now| nonces.spend(key, Some(nonce), at(now)).is_ok();
        assert!(spend("a", "1", "2026-01-02T03:00:00Z"));
        assert!(!spend("a", "1", "2026-01-02T03:20:00Z"));
        assert!(spend("a", "2", "2026-01-02T03:20:00Z") && spend("b", "1", "2026-01-02T03:20:00Z"));
        assert!(spend("a", "1", "2026-01-02T04:00:00Z"), "no date of then is still good");
        assert_eq!(nonces.spend("a", None, at("2026-01-02T03:00:00Z")), Ok(()));
    }
}
