//! A request, the facts of its database, and a submission of it.

use std::time::Duration;

use cdc_preflight::checks::{Facts, Level, Report};
use cdc_preflight::eventbridge::{
    ApiKey, Call, Client, Credentials, Endpoint, PlainHttp, Receipt, RetryPolicy, Timeouts, Wire,
};
use cdc_preflight::gate::{self, Confirmed, Evidence, Gate, Policy, Rulings};
use cdc_preflight::request::Operation;
use eventbridge_simulator::{Config, KeyPolicy, Running, Simulator};
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::{START, TestClock};
use crate::gate::report;

pub(crate) const KEY: &str = "test-key-0123456789";
/// Its quote and its backslash have another form inside JSON.
pub(crate) const PASSWORD: &str = r#"pa55-"word\of-cdc"#;
pub(crate) const OPERATION: Operation = Operation::ConfigurePostgreSqlSource;

pub(crate) fn body() -> Value {
    json!({
        "RegionId": "cn-hangzhou", "HostName": "pg.example.com", "Port": 5432, "User": "cdc_user",
        "Password": PASSWORD, "DatabaseName": "inventory", "TableNames": "products,orders",
        "SnapshotMode": "initial", "Extra": "the caller's own",
    })
}

pub(crate) fn redacted() -> Value {
    let mut body = body();
    body["Password"] = "***".into();
    body
}

pub(crate) fn call() -> Call {
    Call::new(OPERATION, &body(), redacted()).unwrap()
}

pub(crate) fn facts() -> Facts {
    serde_json::from_str(include_str!("../facts/postgres.json")).unwrap()
}

pub(crate) fn good_report() -> Report {
    report(&[("a/one", Level::Required, "pass")])
}

pub(crate) fn confirmed(operation: Operation, redacted: &Value, policy: &Policy) -> Confirmed {
    let (facts, report) = (facts(), good_report());
    let evidence = Evidence {
        operation,
        redacted_body: redacted,
        facts: &facts,
        report: &report,
        rulings: &Rulings::default(),
    };
    match gate::decide(&evidence, policy, START, Uuid::from_u128(7)) {
        Gate::Open(clearance) => clearance.confirm(&evidence, START).unwrap(),
        Gate::Closed(reasons) => panic!("the gate is closed: {reasons:?}"),
    }
}

pub(crate) fn api_key(key: &str) -> ApiKey {
    ApiKey::from_lookup(|name| (name == "EVENTBRIDGE_API_KEY").then(|| key.to_owned())).unwrap()
}

pub(crate) async fn simulator(faults: &[&str]) -> Running {
    let config = Config::new(KeyPolicy::require(KEY));
    let config = faults.iter().fold(config, |config, fault| config.fault(fault.parse().unwrap()));
    Simulator::start(config).await.unwrap()
}

/// Everything that a test may want to set; the rest is as a user has it.
pub(crate) struct Flight {
    pub(crate) key: &'static str,
    pub(crate) timeouts: Timeouts,
    pub(crate) valid_for: SignedDuration,
}

impl Default for Flight {
    fn default() -> Self {
        let valid_for = Policy::default().valid_for;
        Self { key: KEY, timeouts: Timeouts::default(), valid_for }
    }
}

impl Flight {
    /// Submits the request to this address. Gives the receipt and the waits.
    pub(crate) async fn to(self, url: &str) -> (Receipt, Vec<Duration>) {
        let clock = TestClock::new();
        let policy = Policy { valid_for: self.valid_for, ..Policy::default() };
        let receipt = client(url, self.key, self.timeouts)
            .with_clock(&clock)
            .submit(confirmed(OPERATION, &redacted(), &policy), &call())
            .await
            .unwrap();
        (receipt, clock.slept())
    }
}

pub(crate) fn client(url: &str, key: &str, timeouts: Timeouts) -> Client {
    let endpoint = Endpoint::parse(url, PlainHttp::LoopbackOnly).unwrap();
    let credentials = Credentials::ApiKey(api_key(key));
    Client::new(Wire::Seed, endpoint, credentials, timeouts, RetryPolicy::default()).unwrap()
}

/// Submits the request to a simulator with these faults.
pub(crate) async fn submit(faults: &[&str]) -> (Receipt, Vec<Duration>, Running) {
    let simulator = simulator(faults).await;
    let (receipt, slept) = Flight::default().to(&simulator.url()).await;
    (receipt, slept, simulator)
}
