//! Every fault, as a client meets it and as the journal tells it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use eventbridge_simulator::{Fault, FaultSpec, Running};

use crate::client::{Answer, Call, POSTGRES, config, source, start, start_with};
use crate::replies::assert_failure;

async fn send(running: &Running) -> Answer {
    Call::post(POSTGRES, &source()).send(running).await
}

/// The fault and the status of each entry.
fn journalled(running: &Running) -> Vec<(Option<String>, Option<u16>)> {
    running.journal().into_iter().map(|entry| (entry.fault, entry.status)).collect()
}

#[tokio::test]
async fn throttling_by_429_tells_when_to_return() {
    let running = start_with(&["429:retry-after=2", "429"]).await;
    let told = send(&running).await;
    assert_failure(&told, 429, "TooManyRequests");
    assert_eq!(told.header("retry-after"), ["2"]);
    let untold = send(&running).await;
    assert_failure(&untold, 429, "TooManyRequests");
    assert!(untold.header("retry-after").is_empty());
    assert_eq!(send(&running).await.status, 200);
    let expected = [
        (Some("429:retry-after=2".to_owned()), Some(429)),
        (Some("429".to_owned()), Some(429)),
        (None, Some(200)),
    ];
    assert_eq!(journalled(&running), expected);
}

#[tokio::test]
async fn a_count_spends_the_fault_on_as_many_requests() {
    let running = start_with(&["503:count=3", "500"]).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(send(&running).await.status);
    }
    assert_eq!(statuses, [503, 503, 503, 500, 200]);
}

#[tokio::test]
async fn errors_of_the_gateway_and_the_service_have_their_codes() {
    let running =
        start_with(&["400-throttling", "500", "503", "reject:EventStreamingNameInvalid"]).await;
    assert_failure(&send(&running).await, 400, "Throttling.User");
    assert_failure(&send(&running).await, 500, "InternalError");
    assert_failure(&send(&running).await, 503, "ServiceUnavailable");
    assert_failure(&send(&running).await, 400, "EventStreamingNameInvalid");
}

#[tokio::test]
async fn a_success_status_may_carry_a_failure() {
    let running = start_with(&["not-success", "not-success:EventStreamingNotExisted"]).await;
    for code in ["ServiceNotEnable", "EventStreamingNotExisted"] {
        let answer = send(&running).await;
        assert_eq!((answer.status, answer.code().as_str()), (200, code));
        assert_eq!(answer.json()["Success"], false);
    }
}

#[tokio::test]
async fn a_gateway_may_answer_in_html() {
    let running = start_with(&["html"]).await;
    let answer = send(&running).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("content-type"), ["text/html"]);
    assert!(answer.body.starts_with("<html>"));
    assert!(answer.header("x-eventbridge-request-id").is_empty());
}

#[tokio::test]
async fn a_slow_answer_is_late_but_its_request_is_journalled_at_once() {
    let running = start_with(&["slow:700"]).await;
    let begun = Instant::now();
    let url = running.url();
    let call = Call::post(POSTGRES, &source());
    let waiting = tokio::spawn(async move { call.attempt(&url).await });
    while running.journal().is_empty() {
        assert!(begun.elapsed() < Duration::from_millis(700), "journalled with the answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = waiting.await.unwrap().unwrap().unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(700));
    assert_eq!(answer.status, 200);
    assert_eq!(journalled(&running), [(Some("slow:700".to_owned()), Some(200))]);
}

#[tokio::test]
async fn a_dropped_request_is_journalled_and_never_answered() {
    let running = start_with(&["drop"]).await;
    let attempt = Call::post(POSTGRES, &source()).attempt(&running.url()).await;
    assert!(attempt.unwrap().is_none());
    assert_eq!(journalled(&running), [(Some("drop".to_owned()), None)]);
    let entry = &running.journal()[0];
    assert!(entry.authorized && entry.body.is_some());
    assert_eq!(send(&running).await.status, 200);
}

#[tokio::test]
async fn a_connection_dropped_before_reading_is_reset_and_leaves_no_entry() {
    let running = start_with(&["drop-before:count=2"]).await;
    for _ in 0..2 {
        let attempt = Call::post(POSTGRES, &source()).attempt(&running.url()).await;
        let error = attempt.expect_err("the connection is reset");
        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
    }
    assert!(running.journal().is_empty());
    assert_eq!(send(&running).await.status, 200);
}

#[tokio::test]
async fn a_refusing_fault_comes_before_the_key_and_the_fields() {
    let running = start_with(&["429"]).await;
    let call = Call::post("/nowhere", &source()).without("Authorization").body("no json");
    assert_failure(&call.send(&running).await, 429, "TooManyRequests");
    assert_failure(&call.send(&running).await, 404, "InvalidAction.NotFound");
}

#[tokio::test]
async fn a_connection_without_a_request_draws_no_fault() {
    let running = start_with(&["500"]).await;
    let address = running.url();
    let address = address.strip_prefix("http://").unwrap();
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    assert_failure(&send(&running).await, 500, "InternalError");
}

#[tokio::test]
async fn a_fault_can_be_injected_while_running() {
    let running = start(config()).await;
    assert_eq!(send(&running).await.status, 200);
    running.inject(FaultSpec::times(Fault::InternalError, 2));
    assert_eq!(send(&running).await.status, 500);
    assert_eq!(send(&running).await.status, 500);
    assert_eq!(send(&running).await.status, 200);
}

#[tokio::test]
async fn a_stop_cuts_off_an_answer_that_would_take_longer_than_the_grace() {
    let running = start_with(&["slow:600000"]).await;
    let url = running.url();
    let call = Call::post(POSTGRES, &source());
    let waiting = tokio::spawn(async move { call.attempt(&url).await });
    while running.journal().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(waiting.await.unwrap().unwrap().is_none());
}
