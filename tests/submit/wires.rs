//! Every dialect of the client, against a simulator that verifies strictly.

use cdc_preflight::eventbridge::{
    Call, Client, Credentials, Endpoint, Outcome, PlainHttp, RetryPolicy, Timeouts, Wire,
};
use cdc_preflight::request::Operation;
use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Running, Simulator};
use serde_json::{Value, json};

use crate::clock::{START, TestClock};
use crate::scene::{KEY, PASSWORD};

const SECRET: &str = "access-key-secret-0123";

async fn simulator(key: AccessKey) -> Running {
    let config = Config::new(KeyPolicy::require(KEY)).access_key(key).clock(|| START);
    Simulator::start(config).await.unwrap()
}

fn access_key() -> AccessKey {
    AccessKey::new("access-key-id", SECRET)
}

/// Calls with the credentials of these variables. Gives the outcome and the number of attempts.
async fn call(
    (wire, variables): (Wire, &[(&str, &str)]),
    running: &Running,
    operation: Operation,
    body: Value,
) -> (Outcome, usize) {
    let lookup = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let credentials = Credentials::from_lookup(lookup, Some(wire)).unwrap();
    let endpoint = Endpoint::parse(&running.url(), PlainHttp::LoopbackOnly).unwrap();
    let (timeouts, retry) = (Timeouts::default(), RetryPolicy::default());
    let clock = TestClock::new();
    let client = Client::new(wire, endpoint, credentials, timeouts, retry).unwrap();
    let call = Call::new(operation, &body, body.clone()).unwrap();
    let exchange = client.with_clock(&clock).call(&call).await.unwrap();
    (exchange.outcome(), exchange.attempts.len())
}

fn stream() -> Value {
    json!({
        "EventStreamingName": "orders-1", "FilterPattern": "{}", "Description": "ä & b = c+d%",
        "Source": {"SourceMySQLParameters": {
            "HostName": "h", "Port": 3306, "User": "u", "Password": PASSWORD,
            "DatabaseName": "d",
        }},
        "Sink": {"SinkMNSParameters": {"QueueName": {"Form": "CONSTANT", "Value": "q"}}},
        "Tags": [{"Key": "team", "Value": "x y"}],
    })
}

const ACCESS: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_ACCESS_KEY_ID", "access-key-id"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)];

#[tokio::test]
async fn a_stream_lives_in_each_dialect_that_has_streams() {
    for speaking in [
        (Wire::Openapi, &ACCESS[..]),
        (Wire::Rest, &ACCESS[..]),
        (Wire::Rest, &[("EVENTBRIDGE_API_KEY", KEY)][..]),
    ] {
        let running = simulator(access_key()).await;
        let named = json!({"EventStreamingName": "orders-1"});
        for (operation, body, status) in [
            (Operation::CreateEventStreaming, stream(), Some("READY")),
            (Operation::StartEventStreaming, named.clone(), Some("RUNNING")),
            (Operation::PauseEventStreaming, named.clone(), Some("PAUSED")),
            (Operation::UpdateEventStreaming, stream(), Some("PAUSED")),
            (Operation::ListEventStreamings, json!({"Limit": 10}), Some("PAUSED")),
            (Operation::DeleteEventStreaming, named.clone(), None),
        ] {
            let came = call(speaking, &running, operation, body).await;
            assert_eq!(came, (Outcome::Accepted, 1), "{speaking:?} {operation}");
            let streams = running.streams();
            assert_eq!(streams.first().and_then(|stream| stream["Status"].as_str()), status);
            if let Some(kept) = streams.first() {
                assert_eq!(kept["Description"], stream()["Description"]);
                assert_eq!(kept["Tags"], stream()["Tags"]);
            }
        }
        let came = call(speaking, &running, Operation::GetEventStreaming, named).await;
        assert!(matches!(came, (Outcome::Rejected { status: 404, .. }, 1)));
        assert!(running.journal().iter().all(|entry| entry.authorized), "{speaking:?}");
        assert!(!format!("{:?}", running.journal()).contains("pa55"));
    }
}

#[tokio::test]
async fn a_temporary_key_sends_its_token() {
    let token = [ACCESS[0], ACCESS[1], ("ALIBABA_CLOUD_SECURITY_TOKEN", "t0ken")];
    let running = simulator(access_key().security_token("t0ken")).await;
    for wire in [Wire::Openapi, Wire::Rest] {
        let list = Operation::ListEventStreamings;
        let with = call((wire, &token), &running, list, json!({})).await;
        assert_eq!(with, (Outcome::Accepted, 1));
        let without = call((wire, &ACCESS), &running, list, json!({})).await;
        assert!(matches!(without, (Outcome::Rejected { status: 403, .. }, 1)));
    }
}

#[tokio::test]
async fn a_throttled_call_is_signed_anew() {
    let running = simulator(access_key()).await;
    running.inject("429:x-acs-retry-after=1:on=ListEventStreamings:count=2".parse().unwrap());
    let speaking = (Wire::Openapi, &ACCESS[..]);
    let came = call(speaking, &running, Operation::ListEventStreamings, json!({})).await;
    assert_eq!(came, (Outcome::Accepted, 3));
    assert!(running.journal().iter().all(|entry| entry.authorized), "each has its own nonce");
}

#[tokio::test]
async fn the_documents_other_spelling_is_tried_only_after_a_404_and_only_by_rest() {
    let right = "/eventstreaming/createEventStreaming";
    let other = "/eventstreaming/creatEventStreaming";
    for (wire, fault, paths) in [
        (Wire::Rest, None, &[right][..]),
        (Wire::Rest, Some("404"), &[right, other]),
        (Wire::Rest, Some("404:count=2"), &[right, other]),
        (Wire::Rest, Some("503"), &[right, right]),
        (Wire::Rest, Some("reject:InvalidParameter"), &[right]),
        (Wire::Openapi, Some("404"), &["/"]),
    ] {
        let running = simulator(access_key()).await;
        if let Some(fault) = fault {
            running.inject(fault.parse().unwrap());
        }
        call((wire, &ACCESS), &running, Operation::CreateEventStreaming, stream()).await;
        let entries = running.journal();
        let sent: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(sent, paths, "{wire} {fault:?}");
    }
    let running = simulator(access_key()).await;
    let named = json!({"EventStreamingName": "orders-1"});
    call((Wire::Rest, &ACCESS), &running, Operation::GetEventStreaming, named).await;
    assert_eq!(running.journal().len(), 1, "no other operation has another spelling");
}
