//! The samples of the integration guides: those that are good are sent, the others refused with the
//! reason that `examples/seeds/README.md` gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cdc_preflight::eventbridge::{
    Call, Client, Credentials, Endpoint, Outcome, PlainHttp, RetryPolicy, Timeouts, Wire,
};
use cdc_preflight::gate::Policy;
use cdc_preflight::request::{self, Input, Loaded, Operation, Problems};
use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Running, Simulator};
use serde_json::{Value, json};

use crate::clock::{START, TestClock};
use crate::scene::{KEY, client, confirmed};

const SECRET: &str = "access-key-secret-0123";

/// What a sample is: sent, with what deserves a look in it, or refused, and why.
enum Sample {
    Sent(&'static [&'static str]),
    Refused(&'static [&'static str]),
}

use Sample::{Refused, Sent};

const SAMPLES: [(&str, Sample); 10] = [
    ("integration-mysql.yaml", Sent(&["BinlogFormat stands in an example"])),
    ("integration-postgresql.yaml", Sent(&[])),
    ("streaming-create-mns.yaml", Sent(&[])),
    ("streaming-create-rocketmq.yaml", Sent(&["Value is a text to the service"])),
    ("streaming-delete.yaml", Refused(&["cannot hold the operation deleteEventStreaming"])),
    ("streaming-get.yaml", Refused(&["cannot hold the operation getEventStreaming"])),
    (
        "streaming-rabbitmq-source.yaml",
        Refused(&["EventStreamingName is missing", "Source is missing", "Sink is missing"]),
    ),
    ("streaming-rabbitmq-source-mended.yaml", Sent(&[])),
    (
        "streaming-update-rabbitmq.yaml",
        Refused(&[
            "\"housekeeping\" is no JSONPath",
            "\"message_001\" is no JSONPath",
            "\"systemProperties\" is no JSONPath",
        ]),
    ),
    ("streaming-update-rabbitmq-mended.yaml", Sent(&[])),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/seeds")
}

fn load(name: &str) -> Result<Loaded, Problems> {
    let path = folder().join(name);
    Input::open(path.to_str().unwrap(), None, Vec::new())
        .and_then(|input| request::load(input, &|_| None))
}

async fn simulator() -> Running {
    let config = Config::new(KeyPolicy::require(KEY)).clock(|| START);
    Simulator::start(config.access_key(AccessKey::new("id", SECRET))).await.unwrap()
}

#[tokio::test]
async fn every_sample_is_sent_or_refused_with_its_reason() {
    for (name, sample) in SAMPLES {
        match (load(name), sample) {
            (Ok(loaded), Sent(warnings)) => {
                let said = loaded.warnings.to_string();
                assert_eq!(loaded.warnings.len(), warnings.len(), "{name}: {said}");
                assert!(warnings.iter().all(|words| said.contains(words)), "{name}: {said}");
                assert_eq!(send(&loaded, &simulator().await).await, 1, "{name}");
            }
            (Err(problems), Refused(reasons)) => {
                let said = problems.to_string();
                for reason in reasons {
                    assert!(said.contains(reason), "{name}: {reason}: {said}");
                }
            }
            (Ok(_), Refused(_)) => panic!("{name} is taken"),
            (Err(problems), Sent(_)) => panic!("{name} is refused: {problems}"),
        }
    }
}

/// Sends what was loaded, and says how many requests were accepted.
async fn send(loaded: &Loaded, running: &Running) -> usize {
    let mut accepted = 0;
    for request in &loaded.requests {
        let (operation, shown) = (request.asked(), request.redacted_body());
        let call = Call::new(operation, &request.body_with_secrets(), shown.clone()).unwrap();
        let clearance = confirmed(operation, &shown, &Policy::default());
        let clock = TestClock::new();
        let client = match operation.source() {
            Some(_) => client(&running.url(), KEY, Timeouts::default()),
            None => of_access_key(running),
        };
        let client = client.with_clock(&clock);
        let receipt = client.submit(clearance, &call).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Accepted);
        accepted += 1;
    }
    for stream in &loaded.streams {
        if stream.operation() == Operation::UpdateEventStreaming {
            // Updates are of something.
            let mut body = stream.body_with_secrets();
            body["Description"] = json!("as it was before");
            assert_eq!(
                call(running, Operation::CreateEventStreaming, body).await,
                Outcome::Accepted
            );
        }
        let body = stream.body_with_secrets();
        assert_eq!(call(running, stream.operation(), body).await, Outcome::Accepted);
        let kept = running.streams();
        let description = stream.redacted_body()["Description"].clone();
        assert_eq!(kept[0].get("Description").cloned().unwrap_or_default(), description);
        accepted += 1;
    }
    accepted
}

fn of_access_key(running: &Running) -> Client {
    let lookup = |name: &str| match name {
        "ALIBABA_CLOUD_ACCESS_KEY_ID" => Some("id".to_owned()),
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    };
    let credentials = Credentials::from_lookup(lookup, Some(Wire::Openapi)).unwrap();
    let endpoint = Endpoint::parse(&running.url(), PlainHttp::LoopbackOnly).unwrap();
    let (timeouts, retry) = (Timeouts::default(), RetryPolicy::default());
    Client::new(Wire::Openapi, endpoint, credentials, timeouts, retry).unwrap()
}

async fn call(running: &Running, operation: Operation, body: Value) -> Outcome {
    let (clock, client) = (TestClock::new(), of_access_key(running));
    let call = Call::new(operation, &body, body.clone()).unwrap();
    client.with_clock(&clock).call(&call).await.unwrap().outcome()
}

#[test]
fn no_sample_is_left_out_of_the_test_or_of_the_table() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let tried = SAMPLES.map(|(name, _)| name.to_owned());
    assert_eq!(files, BTreeSet::from(tried));
    let table = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for name in files {
        assert!(table.contains(&format!("| `{name}` |")), "{name}");
    }
}
