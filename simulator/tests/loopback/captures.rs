//! Requests that the vendor's official client has sent, repeated byte for byte.

use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Running};

use crate::client::{Call, start};

const CREATE: &str = include_str!("../../../tests/sdk-captures/create-event-streaming-mysql.json");
const MESSAGES: &str =
    include_str!("../../../tests/sdk-captures/create-event-streaming-rabbitmq-msgsync.json");
const GET: &str = include_str!("../../../tests/sdk-captures/get-event-streaming.json");
const DELETE: &str = include_str!("../../../tests/sdk-captures/delete-event-streaming.json");
const LIST: &str = include_str!("../../../tests/sdk-captures/list-event-streamings-empty.json");
const TEST: &str = include_str!("../../../tests/sdk-captures/test-event-source-config-mysql.json");
const OPTION: &str =
    include_str!("../../../tests/sdk-captures/update-event-streaming-business-option.json");

/// A simulator that lives when the requests were captured.
async fn of_that_day(secret: &str) -> Running {
    let config = Config::new(KeyPolicy::Nobody)
        .access_key(AccessKey::new("fake-access-key-id", secret.to_owned()))
        .account_id("164901546557")
        .clock(|| "2026-01-02T03:04:05Z".parse().unwrap());
    start(config).await
}

#[tokio::test]
async fn every_capture_is_accepted_strictly() {
    let absent = (404, "EventStreamingNotExisted");
    for (capture, operation, (status, code)) in [
        (CREATE, "CreateEventStreaming", (200, "Success")),
        (MESSAGES, "CreateEventStreaming", (200, "Success")),
        (GET, "GetEventStreaming", absent),
        (DELETE, "DeleteEventStreaming", absent),
        (LIST, "ListEventStreamings", (200, "Success")),
        (TEST, "TestEventSourceConfig", (200, "Success")),
        (OPTION, "UpdateEventStreamingBusinessOption", absent),
    ] {
        let running = of_that_day("fake-access-key-secret").await;
        let answer = Call::captured(capture).send(&running).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
        let [entry] = &running.journal()[..] else { panic!("one entry") };
        assert!(entry.authorized, "{entry:?}");
        assert_eq!(entry.operation.as_deref(), Some(operation));
        assert_eq!(entry.dialect, "openapi");
        // The nonce is in the capture, and so in every repetition.
        let again = Call::captured(capture).send(&running).await;
        assert_eq!((again.status, again.code().as_str()), (400, "SignatureNonceUsed"));
    }
}

#[tokio::test]
async fn what_was_captured_is_kept_and_told_without_its_password() {
    let running = of_that_day("fake-access-key-secret").await;
    let created = Call::captured(CREATE).send(&running).await.data();
    let arn = "acs:eventbridge:cn-hangzhou:164901546557:eventstreaming/mysql-cdc";
    assert_eq!(created["EventStreamingARN"], arn);
    let streams = running.streams();
    let parameters = &streams[0]["Source"]["SourceMySQLParameters"];
    assert_eq!((&streams[0]["Status"], &parameters["Port"]), (&"READY".into(), &3306.into()));
    let everything = format!("{streams:?} {:?}", running.journal());
    assert!(!everything.contains("p@ss w+rd"), "{everything}");
    let body = running.journal()[0].body.clone().unwrap();
    assert_eq!(body["Source"]["SourceMySQLParameters"]["Password"], "<redacted>");
    assert_eq!(body["Source"]["SourceMySQLParameters"]["User"], "eb_cdc");
}

#[tokio::test]
async fn another_secret_an_altered_request_and_a_later_day_are_refused() {
    let answer = Call::captured(GET).send(&of_that_day("another").await).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "SignatureDoesNotMatch"));
    let today = Config::new(KeyPolicy::Nobody)
        .access_key(AccessKey::new("fake-access-key-id", "fake-access-key-secret"));
    let answer = Call::captured(GET).send(&start(today).await).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidTimeStamp.Expired"));
    let running = of_that_day("fake-access-key-secret").await;
    let altered = Call::captured(GET).body("EventStreamingName=other").send(&running).await;
    assert_eq!((altered.status, altered.code().as_str()), (400, "SignatureDoesNotMatch"));
    let redirected = Call::captured(GET).with("x-acs-action", "DeleteEventStreaming");
    let answer = redirected.send(&running).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "SignatureDoesNotMatch"));
    assert!(running.journal().iter().all(|entry| !entry.authorized));
}
