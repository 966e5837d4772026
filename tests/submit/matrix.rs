//! Every fault of the simulator in every operation and dialect: how the program ends, how many
//! requests the service receives, and how long is waited between them.

use std::time::Duration;

use cdc_preflight::Exit;
use cdc_preflight::eventbridge::{
    Call, Client, Credentials, Endpoint, Outcome, PlainHttp, RetryPolicy, Timeouts, Wire,
};
use cdc_preflight::gate::Policy;
use cdc_preflight::request::Operation;
use eventbridge_simulator::{AccessKey, Config, FaultSpec, KeyPolicy, Running, Simulator};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::clock::{START, TestClock};
use crate::scene::{KEY, confirmed};
use crate::stage::{ACCESS_KEY, directly};

/// How it ends, how many requests are received, and the waits between them in milliseconds.
type Expected = (u8, usize, &'static [u64]);

/// A dialect, the variables with the keys that it is spoken with, and an operation that it has.
type Combination = (Wire, Keys, Operation);
type Keys = &'static [(&'static str, &'static str)];

const API_KEY: [(&str, &str); 1] = [("EVENTBRIDGE_API_KEY", KEY)];

/// What a fault comes to for what changes something, and for what only reads.
const FAULTS: [(&str, Expected, Expected); 27] = {
    const DONE: Expected = (0, 1, &[]);
    const AGAIN: Expected = (0, 2, &[1_000]);
    const NO: Expected = (20, 1, &[]);
    const GIVEN_UP: Expected = (20, 5, &[1_000, 2_000, 4_000, 8_000]);
    const UNKNOWN: Expected = (21, 1, &[]);
    [
        ("404", NO, NO),
        ("404:InvalidAction.NotFound", NO, NO),
        ("429", AGAIN, AGAIN),
        ("429:retry-after=7", (0, 2, &[7_000]), (0, 2, &[7_000])),
        ("429:x-acs-retry-after=1500", (0, 2, &[1_500]), (0, 2, &[1_500])),
        ("429:retry-after=2:x-acs-retry-after=9000", (0, 2, &[9_000]), (0, 2, &[9_000])),
        ("429:retry-after=3600", NO, NO),
        ("429:count=9", GIVEN_UP, GIVEN_UP),
        // Five times sixty seconds and the waits are more than the time for a call.
        ("429:retry-after=60:count=9", (20, 5, &[60_000; 4]), (20, 5, &[60_000; 4])),
        ("429:retry-after=110:count=9", (20, 3, &[110_000; 2]), (20, 3, &[110_000; 2])),
        ("400-throttling", AGAIN, AGAIN),
        ("500", AGAIN, AGAIN),
        ("500:count=9", GIVEN_UP, GIVEN_UP),
        ("503", AGAIN, AGAIN),
        ("503:count=9", GIVEN_UP, GIVEN_UP),
        ("reject:InvalidParameter", NO, NO),
        ("reject:SignatureNonceUsed", AGAIN, AGAIN),
        ("not-success", NO, NO),
        ("not-success:Throttling.Api", AGAIN, AGAIN),
        ("html", UNKNOWN, AGAIN),
        ("slow:60000", UNKNOWN, AGAIN),
        ("drop", UNKNOWN, AGAIN),
        // The reset request is in nobody's journal.
        ("drop-before", (21, 0, &[]), (0, 1, &[1_000])),
        ("truncated", UNKNOWN, AGAIN),
        ("empty", DONE, AGAIN),
        ("content-type", DONE, DONE),
        ("check-fails", DONE, DONE),
    ]
};

/// Faults of what a stream does later: they are no matter of the call.
const LATER: [&str; 2] = ["start-fails", "run-fails"];

fn combinations() -> Vec<Combination> {
    let speaking: [(Wire, Keys); 4] = [
        (Wire::Openapi, &ACCESS_KEY),
        (Wire::Rest, &ACCESS_KEY),
        (Wire::Rest, &API_KEY),
        (Wire::Seed, &API_KEY),
    ];
    let has = |(wire, keys): (Wire, Keys)| {
        let operations = Operation::ALL.into_iter().filter(move |it| wire.has(*it).is_ok());
        operations.map(move |operation| (wire, keys, operation))
    };
    speaking.into_iter().flat_map(has).collect()
}

fn expected(fault: &str, wire: Wire, operation: Operation) -> Expected {
    let fits = |row: &&(&str, Expected, Expected)| row.0 == fault;
    let Some((_, write, read)) = FAULTS.iter().find(fits) else { return (0, 1, &[]) };
    match (fault, operation) {
        ("404", Operation::DeleteEventStreaming) => (0, 1, &[]),
        // The documents' other spelling is tried.
        ("404" | "404:InvalidAction.NotFound", Operation::CreateEventStreaming)
            if wire == Wire::Rest =>
        {
            (0, 2, &[0])
        }
        (_, operation) if operation.is_write() => *write,
        _ => *read,
    }
}

fn definition() -> Value {
    json!({
        "EventStreamingName": "s1", "FilterPattern": "{}",
        "Source": {"SourceMNSParameters": {"QueueName": "q"}},
        "Sink": {"SinkMNSParameters": {"QueueName": {"Form": "CONSTANT", "Value": "q"}}},
    })
}

fn body(operation: Operation) -> Value {
    match operation {
        Operation::ConfigureMySqlSource | Operation::ConfigurePostgreSqlSource => {
            crate::scene::body()
        }
        Operation::CreateEventStreaming | Operation::UpdateEventStreaming => definition(),
        Operation::DiscoverEventSource | Operation::TestEventSourceConfig => {
            json!({"SourceMySQLParameters": {"HostName": "h", "Port": 3306}})
        }
        Operation::ListEventStreamings => json!({}),
        Operation::UpdateEventStreamingBusinessOption => {
            json!({"EventStreamingName": "s1", "BusinessMode": "EventNumMode"})
        }
        _ => json!({"EventStreamingName": "s1"}),
    }
}

async fn simulator(operation: Operation, fault: &str) -> Running {
    let [(_, id), (_, secret)] = ACCESS_KEY;
    let config = Config::new(KeyPolicy::require(KEY)).access_key(AccessKey::new(id, secret));
    let running = Simulator::start(config.clock(|| START)).await.unwrap();
    if operation != Operation::CreateEventStreaming {
        directly(&running, "createEventStreaming", &definition()).await;
    }
    running.inject(fault.parse().unwrap());
    running
}

/// What came of the operation, and the waits.
async fn attempt(
    (wire, keys, operation): Combination,
    running: &Running,
    timeouts: Timeouts,
) -> (Outcome, Vec<Duration>) {
    let lookup =
        |name: &str| keys.iter().find(|(key, _)| *key == name).map(|(_, it)| (*it).to_owned());
    let credentials = Credentials::from_lookup(lookup, Some(wire)).unwrap();
    let endpoint = Endpoint::parse(&running.url(), PlainHttp::LoopbackOnly).unwrap();
    let (clock, retry) = (TestClock::new(), RetryPolicy::default());
    let client = Client::new(wire, endpoint, credentials, timeouts, retry).unwrap();
    let client = client.with_clock(&clock);
    let (body, mut shown) = (body(operation), body(operation));
    if operation.source().is_none() {
        let call = Call::new(operation, &body, shown).unwrap();
        return (client.call(&call).await.unwrap().outcome(), clock.slept());
    }
    shown["Password"] = "***".into();
    let call = Call::new(operation, &body, shown.clone()).unwrap();
    let clearance = confirmed(operation, &shown, &Policy::default());
    (client.submit(clearance, &call).await.unwrap().outcome, clock.slept())
}

async fn check(fault: &str, combination: Combination) {
    let (wire, keys, operation) = combination;
    let running = simulator(operation, fault).await;
    let prepared = running.journal().len();
    let timeouts = match fault.starts_with("slow") {
        true => Timeouts { answer: Duration::from_secs(3), ..Timeouts::default() },
        false => Timeouts::default(),
    };
    let attempt = attempt(combination, &running, timeouts);
    let (outcome, slept) = tokio::time::timeout(Duration::from_secs(60), attempt).await.unwrap();
    let (code, requests, waits) = expected(fault, wire, operation);
    let case = format!("{fault} in {operation} by {wire} with {}: {outcome:?}", keys[0].0);
    assert_eq!(Exit::of_call(operation, &outcome).code(), code, "{case}");
    assert_eq!(running.journal().len() - prepared, requests, "{case}");
    let waits = waits.iter().copied().filter(|wait| *wait > 0).map(Duration::from_millis);
    assert_eq!(slept, waits.collect::<Vec<_>>(), "{case}");
    assert!(slept.iter().sum::<Duration>() < RetryPolicy::default().budget, "{case}");
    assert!(running.journal().iter().all(|entry| entry.authorized), "{case}: signed anew");
}

#[tokio::test]
async fn every_fault_in_every_operation_of_every_dialect() {
    let faults = FAULTS.iter().map(|row| row.0).chain(LATER);
    let cases = faults.flat_map(|fault| combinations().into_iter().map(move |it| (fault, it)));
    let cases: Vec<_> = cases.collect();
    assert!(cases.len() > 700, "{} cases", cases.len());
    futures_util::stream::iter(cases)
        .for_each_concurrent(16, |(fault, combination)| check(fault, combination))
        .await;
}

#[test]
fn no_fault_of_the_simulator_is_left_out() {
    let error = "no-such-fault".parse::<FaultSpec>().unwrap_err().to_string();
    let (_, names) = error.split_once("there are ").unwrap();
    for name in names.split([',', ' ']).filter(|name| !["", "and"].contains(name)) {
        let mut faults = FAULTS.iter().map(|row| row.0).chain(LATER);
        assert!(faults.any(|fault| fault.split(':').next() == Some(name)), "{name}");
    }
}
