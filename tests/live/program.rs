//! The program as a user runs it, against real servers and a simulated EventBridge.

use std::path::Path;
use std::process::{Output, Stdio};

use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Running, Simulator};
use serde_json::{Value, json};
use testbed::Product;
use tokio::process::Command;

use crate::fixture::{Fixture, PASSWORD};

pub(crate) const KEY: &str = "k3y-of-the-simulator";
const ACCESS_KEY: [(&str, &str); 2] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "id-of-the-simulator"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret-of-the-simulator"),
];

/// Everything that is printed, logged or written while these tests run.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) everything: String,
}

impl Run {
    /// What went to standard output.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }
}

/// A server, a service, and a folder for everything that is written.
pub(crate) struct Stage {
    pub(crate) fixture: std::sync::Arc<Fixture>,
    folder: tempfile::TempDir,
    pub(crate) simulator: Running,
}

impl Stage {
    pub(crate) async fn new(product: Product) -> Self {
        Self::on(Fixture::shared(product).await).await
    }

    /// With a server of the test's own.
    pub(crate) async fn on(fixture: std::sync::Arc<Fixture>) -> Self {
        let [(_, id), (_, secret)] = ACCESS_KEY;
        let config = Config::new(KeyPolicy::require(KEY)).access_key(AccessKey::new(id, secret));
        let simulator = Simulator::start(config).await.expect("the simulator starts");
        let folder = tempfile::tempdir().expect("a folder");
        Self { fixture, folder, simulator }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a plain name").to_owned()
    }

    /// Writes a manifest with these fields laid over the fixture's; the password is a reference.
    pub(crate) fn manifest(&self, overlay: &[(&str, &str)]) -> String {
        let mut fields = self.fixture.fields(&[]);
        for (name, value) in overlay {
            fields.insert((*name).into(), json!(value));
        }
        fields.insert("Password".into(), json!("${CDC_PASSWORD}"));
        let manifest = json!({ "requests": [{ self.fixture.action(): fields }] });
        let path = self.file("request.json");
        std::fs::write(&path, format!("{manifest:#}")).expect("a file");
        path
    }

    /// Runs the program with all logs on; no secret may be in anything that it says or writes.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[]).await
    }

    async fn run_with(&self, arguments: &[&str], keys: &[(&str, &str)]) -> Run {
        let output = self.program(arguments).envs(keys.iter().copied()).output();
        let Output { status, stdout, stderr } = output.await.expect("it starts");
        let stdout = String::from_utf8(stdout).expect("text");
        let everything =
            format!("{stdout}{}{}", String::from_utf8_lossy(&stderr), written(self.folder.path()));
        for secret in [PASSWORD, KEY, ACCESS_KEY[1].1] {
            let at = everything.find(secret).map(|at| &everything[at.saturating_sub(300)..at]);
            assert_eq!(at, None, "a secret in what {arguments:?} says or writes, after this");
        }
        Run { code: status.code().expect("it exits"), stdout, everything }
    }

    /// The program with all logs on, and with its state in the folder.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
        program
            .args(arguments)
            .env_clear()
            .env("CDC_PASSWORD", PASSWORD)
            .env("EVENTBRIDGE_API_KEY", KEY)
            .env("EVENTBRIDGE_ENDPOINT", self.simulator.url())
            .env("CDC_PREFLIGHT_STATE_DIR", self.file("state"))
            .env("CDC_PREFLIGHT_LOG", "trace")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        program
    }
}

/// Every file in a folder and below it.
pub(crate) fn written(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let texts = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() { written(&path) } else { std::fs::read_to_string(path).expect("text") }
    });
    texts.collect()
}

/// An open gate sends one request, the user's own; a closed one sends nothing.
pub(crate) async fn sends_only_through_an_open_gate(product: Product) {
    let stage = Stage::new(product).await;
    let good = stage.manifest(&[]);
    let run = stage.run(&["check", &good]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    let run = stage.run(&["configure", "--dry-run", &good]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);

    let facts = stage.file("facts.json");
    if product.is_postgres() {
        for (flag, member) in [("--probe=safe", "known"), ("--no-probe", "missing")] {
            let run = stage.run(&["check", &good, flag, "--save-facts", &facts]).await;
            assert_eq!(run.code, 0, "{product} {flag}: {}", run.everything);
            let saved = std::fs::read_to_string(&facts).expect("a file");
            let saved: Value = serde_json::from_str(&saved).expect("JSON");
            let probe = &saved["source"]["postgres"]["probe"];
            assert!(probe.get(member).is_some(), "{product} {flag}: {probe}");
        }
    }
    let bad = stage.manifest(&[("TableNames", "products,no_such_table")]);
    let run = stage.run(&["configure", &bad, "--save-facts", &facts]).await;
    assert_eq!(run.code, 10, "{product}: {}", run.everything);
    assert!(stage.simulator.journal().is_empty(), "{product}: sent through a closed gate");

    let receipt = stage.file("receipt.json");
    let good = stage.manifest(&[]);
    let run = stage.run(&["configure", &good, "--receipt", &receipt]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    let journal = stage.simulator.journal();
    assert_eq!(journal.len(), 1, "{product}");
    let entry = serde_json::to_value(&journal[0]).expect("JSON");
    let mut sent = stage.fixture.fields(&[]);
    let received = entry["body"].as_object().expect("a body");
    assert_eq!(entry["authorized"], true);
    assert_ne!(received["Password"], json!(PASSWORD), "the journal shows the password");
    sent.insert("Password".into(), received["Password"].clone());
    assert_eq!(received, &sent, "{product}: the body is not the user's");
    assert!(run.stdout.contains("Accepted") && run.stdout.contains("Expected events"));
    let receipts: Value =
        serde_json::from_str(&std::fs::read_to_string(receipt).unwrap()).expect("JSON");
    assert_eq!(receipts[0]["outcome"]["state"], "accepted");

    // Whoever follows the run is told how it ends, whatever the gate said.
    let again = ["configure", &good, "--again", "--report", "jsonl"];
    for (key, code) in [(KEY, 0), ("another-key", 20)] {
        let run = stage.run_with(&again, &[("EVENTBRIDGE_API_KEY", key)]).await;
        assert_eq!(run.code, code, "{product}: {}", run.everything);
        let events: Vec<Value> =
            run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let last = events.last().expect("an end");
        assert_eq!((&last["exit"]["code"], &last["summary"]["open"]), (&json!(code), &json!(1)));
    }
}

/// A stream whose source is the database: proven, created, started, and updated.
pub(crate) async fn creates_a_stream_of_a_proven_database(product: Product) {
    let stage = Stage::new(product).await;
    let stream = |tables: &str| {
        let mut fields = stage.fixture.fields(&[]);
        fields.insert("TableNames".into(), json!(tables));
        fields.insert("Password".into(), json!("${CDC_PASSWORD}"));
        let kind = if product.is_postgres() { "PostgreSQL" } else { "MySQL" };
        let manifest = json!({ "requests": [{ "createEventStreaming": {
            "EventStreamingName": "orders", "FilterPattern": "{}",
            "Source": { format!("Source{kind}Parameters"): fields },
            "Sink": { "SinkMNSParameters": {
                "QueueName": { "Form": "CONSTANT", "Value": "q" }, "Body": { "Form": "ORIGINAL" } } },
        } }] });
        let path = stage.file("stream.json");
        std::fs::write(&path, format!("{manifest:#}")).expect("a file");
        path
    };
    let run = stage.run(&["configure", &stream("products,no_such_table")]).await;
    assert_eq!(run.code, 10, "{product}: {}", run.everything);
    assert!(stage.simulator.journal().is_empty(), "{product}: sent through a closed gate");

    let good = stream("products");
    let run = stage.run(&["check", &good]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    let run = stage.run(&["configure", &good, "--start", "--wait", "20"]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    assert!(run.stdout.contains("the stream is created"), "{}", run.stdout);
    let kept = stage.simulator.streams();
    assert_eq!((kept.len(), &kept[0]["Status"]), (1, &json!("RUNNING")), "{product}");
    let run = stage.run(&["configure", &good]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    assert!(run.stdout.contains("Accepted before"), "{}", run.stdout);
    let run = stage.run(&["configure", &good, "--again"]).await;
    assert_eq!(run.code, 20, "{product}: {}", run.everything);
    assert!(run.stdout.contains("There is a stream of that name already."), "{}", run.stdout);
    let run = stage.run(&["configure", &good, "--update"]).await;
    assert_eq!(run.code, 0, "{product}: {}", run.everything);
    assert!(run.stdout.contains("the stream is updated"), "{}", run.stdout);
}

/// The service's own check of a MySQL stands beside ours, and keeps the request back where it fails.
pub(crate) async fn asks_the_service_too(product: Product) {
    let stage = Stage::new(product).await;
    let good = stage.manifest(&[]);
    let asked = ["configure", &good, "--remote-check"];
    let run = stage.run_with(&asked, &ACCESS_KEY).await;
    assert_eq!(run.code, 0, "{}", run.everything);
    for part in ["CHECK_CONNECTION", "Connection established", "pass connection/reachable"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let paths = || stage.simulator.journal().len();
    assert_eq!(paths(), 2, "the question and the request");
    stage.simulator.inject("check-fails".parse().expect("a fault"));
    let run = stage.run_with(&asked, &ACCESS_KEY).await;
    assert_eq!((run.code, paths()), (10, 3), "{}", run.everything);
    let run = stage.run(&asked).await;
    assert_eq!((run.code, paths()), (2, 3), "{}", run.everything);
    assert!(run.everything.contains("ALIBABA_CLOUD_ACCESS_KEY_ID"));
}

/// What the service answers decides on the exit code, and an unknown outcome is not tried again.
pub(crate) async fn tells_what_the_service_said(product: Product) {
    let cases = [("reject:InvalidParameter", 20), ("drop", 21), ("not-success", 20)];
    for (fault, code) in cases {
        let stage = Stage::new(product).await;
        stage.simulator.inject(fault.parse().expect("a fault"));
        let run = stage.run(&["configure", &stage.manifest(&[])]).await;
        assert_eq!(run.code, code, "{fault}: {}", run.everything);
        assert_eq!(stage.simulator.journal().len(), 1, "{fault}");
    }
}

/// Several failures at once, each named with its remedy, in one run.
pub(crate) async fn names_every_failure_at_once() {
    let stage = Stage::new(crate::postgres().await).await;
    let role = "create role half login password '${PASSWORD}'; grant select on products to half";
    let role = role.replace("${PASSWORD}", PASSWORD);
    stage.fixture.execute(&role).await.expect("a role");
    let path = stage.manifest(&[("User", "half"), ("TableNames", "products,orders,missing")]);
    let run = stage.run(&["check", &path, "--report", "json"]).await;
    assert_eq!(run.code, 10, "{}", run.everything);
    let report: Value = serde_json::from_str(&run.stdout).expect("one JSON document");
    let results = report["targets"][0]["results"].as_array().expect("results");
    let failed: Vec<&str> = results
        .iter()
        .filter(|one| one["outcome"] == "fail")
        .filter_map(|one| one["id"].as_str())
        .collect();
    let expected = ["postgres/replication-role", "postgres/table-exists", "postgres/table-select"];
    assert_eq!(failed, expected);
}
