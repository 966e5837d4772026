//! Every fault, as a client meets it and as the journal tells it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use eventbridge_simulator::{Fault, FaultSpec, Running};

use serde_json::json;

use crate::client::{Answer, Call, POSTGRES, config, source, start, start_with};
use crate::replies::assert_failure;
use crate::streams::{CREATE, GET, START, TEST, definition};

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
async fn throttling_may_tell_in_the_vendors_header() {
    let running = start_with(&["429:x-acs-retry-after=1500:retry-after=2"]).await;
    let told = send(&running).await;
    assert_failure(&told, 429, "TooManyRequests");
    assert_eq!(told.header("x-acs-retry-after"), ["1500"]);
    assert_eq!(told.header("retry-after"), ["2"]);
}

#[tokio::test]
async fn something_is_not_found_once() {
    let running = start_with(&["404", "404:InvalidAction.NotFound"]).await;
    assert_failure(&send(&running).await, 404, "EventStreamingNotExisted");
    assert_failure(&send(&running).await, 404, "InvalidAction.NotFound");
    assert_eq!(send(&running).await.status, 200);
}

#[tokio::test]
async fn an_answer_may_be_spoilt_while_its_request_is_carried_out() {
    let running = start_with(&["truncated", "empty", "content-type", "drop"]).await;
    let create = |name: &str| Call::post(CREATE, &definition(name));

    let truncated = create("one").send(&running).await;
    assert_eq!((truncated.status, truncated.header("content-type").len()), (200, 1));
    assert!(truncated.body.starts_with('{'));
    assert!(serde_json::from_str::<serde_json::Value>(&truncated.body).is_err());
    assert_eq!(truncated.header("content-length"), [truncated.body.len().to_string()]);

    let empty = create("two").send(&running).await;
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));

    let plain = create("three").send(&running).await;
    assert_eq!(
        (plain.header("content-type"), plain.code().as_str()),
        (vec!["text/plain"], "Success")
    );

    assert!(create("four").attempt(&running.url()).await.unwrap().is_none());
    let names: Vec<_> =
        running.streams().iter().map(|stream| stream["EventStreamingName"].clone()).collect();
    assert_eq!(names, ["four", "one", "three", "two"], "all were carried out");
    let again = create("four").send(&running).await;
    assert_failure(&again, 409, "EventStreamingAlreadyExisted");
}

#[tokio::test]
async fn a_fault_waits_for_its_operation() {
    let running = start_with(&["500:on=GetEventStreaming", "503"]).await;
    assert_eq!(send(&running).await.status, 503);
    assert_eq!(send(&running).await.status, 200);
    let get = Call::post(GET, &json!({"EventStreamingName": "s-1"}));
    assert_failure(&get.send(&running).await, 500, "InternalError");
    assert_failure(&get.send(&running).await, 404, "EventStreamingNotExisted");
}

#[tokio::test]
async fn what_starts_and_what_is_tested_may_fail() {
    let running = start_with(&["start-fails", "run-fails", "check-fails"]).await;
    Call::post(CREATE, &definition("s-1")).send(&running).await.data();
    let name = json!({"EventStreamingName": "s-1"});
    for expected in ["STARTING_FAILED", "RUNNING_FAILED", "RUNNING"] {
        Call::post(START, &name).send(&running).await.data();
        assert_eq!(running.streams()[0]["Status"], expected);
    }
    let source = json!({"SourceMySQLParameters": {"HostName": "h"}});
    for expected in ["false", "true"] {
        let checks = Call::post(TEST, &source).send(&running).await.data();
        assert_eq!(checks[0]["IsSucceed"], expected);
    }
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
    let running = start_with(&["slow:3000"]).await;
    let begun = Instant::now();
    let url = running.url();
    let call = Call::post(POSTGRES, &source());
    let waiting = tokio::spawn(async move { call.attempt(&url).await });
    while running.journal().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(3), "journalled with the answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = waiting.await.unwrap().unwrap().unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(3));
    assert_eq!(answer.status, 200);
    assert_eq!(journalled(&running), [(Some("slow:3000".to_owned()), Some(200))]);
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
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(waiting.await.unwrap().unwrap().is_none());
}
