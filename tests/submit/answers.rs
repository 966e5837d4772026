//! What a submission makes of one answer, or of none.

use std::time::Duration;

use cdc_preflight::eventbridge::{
    AttemptResult, Call, Exchange, Meaning, Outcome, Receipt, SubmitError, Timeouts,
};
use cdc_preflight::gate::Policy;
use cdc_preflight::request::Operation;
use serde_json::{Value, json};

use crate::clock::TestClock;
use crate::listener::{Listener, answer, deserted};
use crate::scene::{
    Flight, KEY, OPERATION, body, call, client, confirmed, redacted, simulator, submit,
};

fn rejection(receipt: &Receipt) -> (u16, &str) {
    match &receipt.outcome {
        Outcome::Rejected { status, code, .. } => {
            (*status, code.as_ref().map_or("", |code| code.untrusted()))
        }
        other => panic!("not rejected: {other:?}"),
    }
}

fn is_unknown(receipt: &Receipt) -> bool {
    matches!(receipt.outcome, Outcome::Unknown { .. })
}

#[tokio::test]
async fn an_accepted_request_is_sent_once_with_the_callers_fields() {
    let (receipt, slept, simulator) = submit(&[]).await;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!((receipt.attempts.len(), slept.len(), receipt.stopped), (1, 0, None));
    let journal = simulator.journal();
    let [entry] = &journal[..] else { panic!("not one request: {journal:?}") };
    assert_eq!(
        (entry.method.as_str(), entry.path.as_str()),
        ("POST", "/configurePostgreSQLSource")
    );
    assert!(entry.authorized);
    // The simulator's own mark of a secret.
    let mut expected = body();
    expected["Password"] = "<redacted>".into();
    assert_eq!(entry.body, Some(expected));
    assert_eq!(entry.body_bytes, body().to_string().len() as u64);
    assert_eq!(entry.headers["content-type"], "application/json");
    assert_eq!(receipt.request_id, Some(entry.request_id.as_str().into()));
}

#[tokio::test]
async fn the_bytes_on_the_wire_hold_the_secrets_and_nothing_else() {
    let listener = Listener::start(|_| answer("200 OK", "", "")).await;
    let (receipt, _) = Flight::default().to(listener.url()).await;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    let requests = listener.requests();
    let [request] = &requests[..] else { panic!("not one request: {requests:?}") };
    let (head, sent) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(serde_json::from_str::<Value>(sent).unwrap(), body());
    let head = head.to_lowercase();
    assert!(head.contains(&format!("authorization: bearer {KEY}")), "{head}");
    assert!(!head.contains("referer") && !head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn the_other_operation_has_its_own_path() {
    let simulator = simulator(&[]).await;
    let operation = Operation::ConfigureMySqlSource;
    let call = Call::new(operation, &body(), redacted()).unwrap();
    let clearance = confirmed(operation, &redacted(), &Policy::default());
    let client = client(&simulator.url(), KEY, Timeouts::default());
    let receipt = client.with_clock(&TestClock::new()).submit(clearance, &call).await.unwrap();
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(simulator.journal()[0].path, "/configureMySQLSource");
}

#[tokio::test]
async fn a_wrong_key_is_rejected_at_once() {
    let simulator = simulator(&[]).await;
    let flight = Flight { key: "another-key-012345", ..Flight::default() };
    let (receipt, _) = flight.to(&simulator.url()).await;
    assert_eq!(rejection(&receipt).0, 403);
    assert_eq!((receipt.attempts.len(), simulator.journal().len()), (1, 1));
}

#[tokio::test]
async fn a_refusal_is_final() {
    for (fault, expected) in [
        ("reject:InvalidParameter", (400, "InvalidParameter")),
        ("not-success:ServiceNotEnable", (200, "ServiceNotEnable")),
    ] {
        let (receipt, _, simulator) = submit(&[fault]).await;
        assert_eq!(rejection(&receipt), expected);
        assert_eq!((receipt.attempts.len(), simulator.journal().len()), (1, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = simulator(&[]).await;
    let location = format!("location: {}/configurePostgreSQLSource\r\n", elsewhere.url());
    let listener = Listener::start(move |_| answer("307 Temporary Redirect", &location, "")).await;
    let (receipt, _) = Flight::default().to(listener.url()).await;
    assert_eq!(rejection(&receipt), (307, ""));
    assert_eq!(elsewhere.journal(), []);
}

#[tokio::test]
async fn a_slow_answer_leaves_the_outcome_unknown() {
    let simulator = simulator(&["slow:5000"]).await;
    let timeouts = Timeouts { answer: Duration::from_millis(300), ..Timeouts::default() };
    let (receipt, _) = Flight { timeouts, ..Flight::default() }.to(&simulator.url()).await;
    let expected = Outcome::Unknown { detail: "no answer within 300 ms".into() };
    assert_eq!(receipt.outcome, expected);
    assert_eq!((receipt.attempts.len(), simulator.journal().len()), (1, 1));
}

#[tokio::test]
async fn a_dropped_connection_leaves_the_outcome_unknown() {
    for (fault, received) in [("drop", 1), ("drop-before", 0)] {
        let (receipt, _, simulator) = submit(&[fault]).await;
        assert!(is_unknown(&receipt), "{receipt:?}");
        assert!(matches!(receipt.attempts[..], [ref only]
            if matches!(only.result, AttemptResult::NoAnswer { .. })));
        assert_eq!(simulator.journal().len(), received, "{fault}");
    }
}

#[tokio::test]
async fn a_gateways_page_leaves_the_outcome_unknown() {
    let (receipt, _, simulator) = submit(&["html"]).await;
    assert!(is_unknown(&receipt), "{receipt:?}");
    let AttemptResult::Answered { meaning, status, body_excerpt, .. } = &receipt.attempts[0].result
    else {
        panic!("no answer: {receipt:?}")
    };
    assert_eq!((*meaning, *status), (Meaning::Unclear, 502));
    assert!(body_excerpt.as_ref().unwrap().untrusted().starts_with("<html>"));
    assert_eq!((receipt.attempts.len(), simulator.journal().len()), (1, 1));
}

#[tokio::test]
async fn an_answer_that_ends_early_leaves_the_outcome_unknown() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"Code\":\"Success\"}";
    let listener = Listener::start(move |_| cut.to_owned()).await;
    let (receipt, _) = Flight::default().to(listener.url()).await;
    assert!(is_unknown(&receipt), "{receipt:?}");
    assert_eq!(listener.requests().len(), 1);
}

#[tokio::test]
async fn a_failed_handshake_is_not_sent_and_not_tried_again() {
    let simulator = simulator(&[]).await;
    let url = simulator.url().replace("http:", "https:");
    let (receipt, slept) = Flight::default().to(&url).await;
    assert!(matches!(receipt.outcome, Outcome::NotSent { .. }), "{receipt:?}");
    assert_eq!((receipt.attempts.len(), slept.len()), (1, 0));
    // Whatever the simulator made of a handshake, it was no call.
    assert!(simulator.journal().iter().all(|entry| entry.body.is_none()));
}

#[tokio::test]
async fn what_was_not_cleared_is_not_sent() {
    let simulator = simulator(&[]).await;
    let clock = TestClock::new();
    let client = client(&simulator.url(), KEY, Timeouts::default()).with_clock(&clock);
    let mut other = redacted();
    other["TableNames"] = json!("products");
    for clearance in [
        confirmed(OPERATION, &other, &Policy::default()),
        confirmed(Operation::ConfigureMySqlSource, &redacted(), &Policy::default()),
    ] {
        assert_eq!(client.submit(clearance, &call()).await, Err(SubmitError::NotCleared));
    }
    assert_eq!(client.call(&call()).await, Err(SubmitError::NeedsClearance(OPERATION)));
    assert_eq!(simulator.journal(), []);
}

#[tokio::test]
async fn a_clearance_that_expired_after_it_was_confirmed_sends_nothing() {
    use cdc_preflight::eventbridge::Clock as _;

    let simulator = simulator(&[]).await;
    let clock = TestClock::new();
    let clearance = confirmed(OPERATION, &redacted(), &Policy::default());
    (&clock).sleep(Duration::from_secs(300)).await;
    let client = client(&simulator.url(), KEY, Timeouts::default()).with_clock(&clock);
    let refused = client.submit(clearance, &call()).await;
    assert!(matches!(refused, Err(SubmitError::Expired { .. })), "{refused:?}");
    assert_eq!(simulator.journal(), []);
}

#[tokio::test]
async fn nobody_listening_means_not_sent() {
    let (receipt, slept) = Flight::default().to(&deserted().await).await;
    assert!(
        matches!(&receipt.outcome, Outcome::NotSent { detail }
        if detail.untrusted().contains("127.0.0.1")),
        "{receipt:?}"
    );
    assert_eq!((receipt.attempts.len(), slept.len()), (5, 4));
}

#[test]
fn canned_replies_mean_what_the_official_client_makes_of_them() {
    let text = include_str!("../sdk-captures/error-handling.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let trials = document["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 9);
    for trial in trials {
        let label = &trial["label"];
        let body = match &trial["reply_body"] {
            Value::String(page) => page.clone(),
            body => body.to_string(),
        };
        let status = trial["http_status"].as_u64().unwrap().try_into().unwrap();
        let exchange =
            Exchange::of_answer(OPERATION, status, body.into_bytes(), Vec::new()).unwrap();
        let AttemptResult::Answered { meaning, code, .. } = &exchange.attempts[0].result else {
            panic!("{label}: {exchange:?}");
        };
        let expected = match (status, trial["type"].as_str()) {
            (429, _) => Meaning::Throttled,
            (_, Some("ServerException")) => Meaning::Unavailable,
            (_, Some("UnretryableException")) => Meaning::Unclear,
            _ => Meaning::Refused,
        };
        assert_eq!(*meaning, expected, "{label}");
        let theirs = trial["code"].as_str().or(trial["body"]["Code"].as_str());
        assert_eq!(code.as_ref().map(|code| code.untrusted()), theirs, "{label}");
        let theirs = trial["request_id"].as_str().or(trial["body"]["RequestId"].as_str());
        assert_eq!(exchange.request_id.as_ref().map(|id| id.untrusted()), theirs, "{label}");
    }
}
