//! When a submission is tried again, and how long it waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cdc_preflight::eventbridge::{AttemptResult, Meaning, Outcome, Receipt, Stop};
use jiff::SignedDuration;
use serde_json::json;

use crate::listener::{Listener, answer};
use crate::scene::{Flight, redacted, simulator, submit};

fn meanings(receipt: &Receipt) -> Vec<Meaning> {
    let meaning = |result: &AttemptResult| match result {
        AttemptResult::Answered { meaning, .. } => *meaning,
        other => panic!("no answer: {other:?}"),
    };
    receipt.attempts.iter().map(|attempt| meaning(&attempt.result)).collect()
}

#[tokio::test]
async fn a_throttled_request_waits_as_long_as_it_is_told() {
    let (receipt, slept, simulator) = submit(&["429:retry-after=17"]).await;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(meanings(&receipt), [Meaning::Throttled, Meaning::Accepted]);
    assert_eq!(slept, [Duration::from_secs(17)]);
    let [first, second] = &receipt.attempts[..] else { panic!("not two attempts") };
    assert_eq!((first.number, first.wait_before_ms), (1, 0));
    assert_eq!((second.number, second.wait_before_ms), (2, 17_000));
    let between = second.started_at.duration_since(first.started_at);
    assert_eq!(between, SignedDuration::from_secs(17));
    assert_eq!(simulator.journal().len(), 2);
}

#[tokio::test]
async fn throttling_by_a_code_is_tried_again() {
    let (receipt, slept, _) = submit(&["400-throttling", "429", "500"]).await;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(
        meanings(&receipt),
        [Meaning::Throttled, Meaning::Throttled, Meaning::Unavailable, Meaning::Accepted]
    );
    assert_eq!(slept, [1, 2, 4].map(Duration::from_secs));
}

#[tokio::test]
async fn after_five_attempts_it_is_given_up() {
    let (receipt, slept, simulator) = submit(&["503:count=9"]).await;
    assert!(matches!(receipt.outcome, Outcome::Rejected { status: 503, .. }), "{receipt:?}");
    assert_eq!(receipt.stopped, Some(Stop::AttemptsUsedUp));
    assert_eq!((receipt.attempts.len(), slept.len(), simulator.journal().len()), (5, 4, 5));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_waited() {
    let (receipt, slept, simulator) = submit(&["429:retry-after=3600"]).await;
    assert!(matches!(receipt.outcome, Outcome::Rejected { status: 429, .. }), "{receipt:?}");
    assert_eq!(receipt.stopped, Some(Stop::WaitTooLong));
    assert_eq!((slept.len(), simulator.journal().len()), (0, 1));
}

#[tokio::test]
async fn no_attempt_begins_after_the_clearance_has_expired() {
    let simulator = simulator(&["503:count=9"]).await;
    // Three waits last 7 seconds, the fourth 8.
    let flight = Flight { valid_for: SignedDuration::from_millis(14_500), ..Flight::default() };
    let (receipt, slept) = flight.to(&simulator.url()).await;
    assert_eq!(receipt.stopped, Some(Stop::ClearanceExpires));
    assert_eq!((slept.len(), simulator.journal().len()), (3, 4));
}

#[tokio::test]
async fn a_retry_after_may_be_a_date() {
    // Twelve seconds after the clock's beginning.
    let date = "retry-after: Fri, 02 Jan 2026 03:04:17 GMT\r\n";
    let answers = AtomicUsize::new(0);
    let listener = Listener::start(move |_| match answers.fetch_add(1, Ordering::SeqCst) {
        0 => answer("429 Too Many Requests", date, ""),
        _ => answer("200 OK", "", ""),
    });
    let (receipt, slept) = Flight::default().to(listener.await.url()).await;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(slept, [Duration::from_secs(12)]);
}

/// The failed attempt may have done what is now in the way.
#[tokio::test]
async fn a_conflict_after_a_failure_leaves_the_outcome_unknown() {
    for (first, is_unknown) in
        [("500 Internal Server Error", true), ("429 Too Many Requests", false)]
    {
        let answers = AtomicUsize::new(0);
        let listener = Listener::start(move |_| match answers.fetch_add(1, Ordering::SeqCst) {
            0 => answer(first, "", ""),
            _ => answer("409 Conflict", "", r#"{"Code":"EventStreamingAlreadyExisted"}"#),
        });
        let (receipt, _) = Flight::default().to(listener.await.url()).await;
        let outcome = &receipt.outcome;
        assert_eq!(matches!(outcome, Outcome::Unknown { .. }), is_unknown, "{outcome:?}");
        assert_eq!(receipt.attempts.len(), 2);
    }
}

#[tokio::test]
async fn what_follows_a_retry_counts_as_ever() {
    let (receipt, _, simulator) = submit(&["500", "drop"]).await;
    assert!(matches!(receipt.outcome, Outcome::Unknown { .. }), "{receipt:?}");
    assert_eq!((receipt.attempts.len(), simulator.journal().len()), (2, 2));
    let (receipt, _, _) = submit(&["503", "reject:InvalidParameter"]).await;
    assert!(matches!(receipt.outcome, Outcome::Rejected { status: 400, .. }), "{receipt:?}");
}

#[tokio::test]
async fn a_receipt_tells_every_attempt_in_json() {
    let (receipt, _, simulator) = submit(&["429:retry-after=2"]).await;
    let json = serde_json::to_value(&receipt).unwrap();
    assert_eq!(json["operation"], "configurePostgreSQLSource");
    assert_eq!(json["url"], format!("{}/configurePostgreSQLSource", simulator.url()));
    assert_eq!(json["request"], redacted());
    assert_eq!(json["outcome"], json!({"state": "accepted"}));
    assert_eq!(json["request_id"], simulator.journal()[1].request_id);
    assert_eq!(json["finished_at"], "2026-01-02T03:04:07Z");
    assert_eq!(json["clearance"]["expires_at"], "2026-01-02T03:09:05Z");
    assert_eq!(json["clearance"]["nonce"], "00000000-0000-0000-0000-000000000007");
    let first = json!({
        "number": 1, "started_at": "2026-01-02T03:04:05Z", "wait_before_ms": 0,
        "result": "answered", "meaning": "throttled", "status": 429, "code": "TooManyRequests",
        "message": "The flow limiter denies the request.",
        "request_id": simulator.journal()[0].request_id,
    });
    assert_eq!(json["attempts"][0], first);
}
