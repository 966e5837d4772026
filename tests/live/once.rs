//! Nothing is sent twice and nothing is forgotten, wherever a run is killed; plans are used once.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use cdc_preflight::eventbridge::journal::{Journal, StateDir, Target};
use cdc_preflight::request::Operation;
use eventbridge_simulator::Entry;
use serde_json::json;
use testbed::Product;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::fixture::PASSWORD;
use crate::program::{Stage, written};

/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("never {what}"));
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it runs").to_string();
    let status = Command::new("kill").args([name, &id]).status().await.expect("kill runs");
    assert!(status.success());
}

/// Kills the program where it stands: nothing of it runs any more when this returns.
async fn kill(mut child: Child) {
    child.kill().await.expect("it is killed");
}

fn journal(stage: &Stage) -> String {
    let folder = stage.file("state/journal");
    if Path::new(&folder).exists() { written(Path::new(&folder)) } else { String::new() }
}

impl Stage {
    fn start(&self, arguments: &[&str]) -> Child {
        let mut program = self.program(arguments);
        program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    }

    async fn sends(&self, arguments: &[&str], code: i32, requests: usize) -> String {
        let run = self.run(arguments).await;
        assert_eq!(run.code, code, "{arguments:?}: {}", run.everything);
        assert_eq!(self.simulator.journal().len(), requests, "{arguments:?}: {}", run.everything);
        run.everything
    }

    async fn until_received(&self, requests: usize) {
        until("received", || self.simulator.journal().len() == requests).await;
    }
}

/// A run that waits for its turn has sent nothing, and the next one sends.
pub(crate) async fn killed_before_the_intent(product: Product) {
    let stage = Stage::new(product).await;
    let manifest = stage.manifest(&[]);
    let fields = stage.fixture.fields(&[]);
    let text = |name: &str| fields[name].as_str().expect("text").to_owned();
    let names = [
        ("RegionId", text("RegionId")),
        ("HostName", text("HostName")),
        ("Port", fields["Port"].to_string()),
        ("DatabaseName", text("DatabaseName")),
        ("SchemaName", text("SchemaName")),
    ];
    let operation = Operation::ConfigurePostgreSqlSource;
    let target = Target::source(operation, stage.simulator.url(), names);
    let state = StateDir::find(Some(Path::new(&stage.file("state"))), |_| None).expect("a folder");
    let held = Journal::open(&state, target, || panic!("nobody has it")).await.expect("a journal");

    let mut program = stage.program(&["configure", &manifest]);
    let mut child = program.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stderr = child.stderr.take().expect("a pipe");
    let mut said = String::new();
    while !said.contains("waiting for another run") {
        let mut buffer = [0; 4096];
        let read = stderr.read(&mut buffer).await.expect("it speaks");
        assert_ne!(read, 0, "it did not wait: {said}");
        said.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    kill(child).await;
    assert_eq!(journal(&stage), "");
    drop(held);
    stage.sends(&["configure", &manifest], 0, 1).await;
}

/// The request is on its way, but the service has not looked at it. Nobody can tell.
pub(crate) async fn killed_before_the_service_reads(product: Product) {
    let stage = Stage::new(product).await;
    let manifest = stage.manifest(&[]);
    let service = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", service.local_addr().expect("an address"));
    let arguments = ["configure", manifest.as_str(), "--endpoint", &url];
    let child = stage.start(&arguments);
    let connection = tokio::time::timeout(DEADLINE, service.accept()).await.expect("a connection");
    kill(child).await;
    drop(connection);
    assert_eq!(journal(&stage).matches("\"event\"").count(), 1, "{}", journal(&stage));
    let said = stage.sends(&arguments, 21, 0).await;
    assert!(said.contains("--resolve not-accepted") && said.contains(&url), "{said}");

    let answering = tokio::spawn(async move {
        let (mut stream, _) = service.accept().await.expect("a connection");
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.contains("\r\n\r\n{") || !text.ends_with('}') {
            let read = stream.read(&mut buffer).await.expect("a request");
            text.push_str(std::str::from_utf8(&buffer[..read]).expect("text"));
        }
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.expect("answered");
        let another = tokio::time::timeout(Duration::from_millis(300), service.accept()).await;
        assert!(another.is_err(), "sent twice");
    });
    stage.sends(&[&arguments[..], &["--resolve", "not-accepted"]].concat(), 0, 0).await;
    answering.await.expect("one request");
    let said = stage.sends(&arguments, 0, 0).await;
    assert!(said.contains("Accepted before"), "{said}");
}

/// The service has taken the request. The user looks and says so; only `--again` sends again.
pub(crate) async fn killed_while_the_answer_is_out(product: Product) {
    let stage = Stage::new(product).await;
    stage.simulator.inject("slow:60000".parse().expect("a fault"));
    let manifest = stage.manifest(&[]);
    let arguments = ["configure", manifest.as_str()];
    let child = stage.start(&arguments);
    stage.until_received(1).await;
    kill(child).await;
    stage.sends(&arguments, 21, 1).await;
    // Another request for the same source would be as blind.
    let other = stage.manifest(&[("TableNames", "products")]);
    stage.sends(&["configure", &other], 21, 1).await;
    let manifest = stage.manifest(&[]);
    let arguments = ["configure", manifest.as_str()];
    let said = stage.sends(&[&arguments[..], &["--resolve", "accepted"]].concat(), 0, 1).await;
    assert!(said.contains("Accepted before"), "{said}");
    stage.sends(&arguments, 0, 1).await;
    stage.sends(&[&arguments[..], &["--resolve", "accepted"]].concat(), 2, 1).await;
    stage.sends(&[&arguments[..], &["--again"]].concat(), 0, 2).await;
}

/// The answer has arrived at the machine and not at the program. The user looks, and is believed.
pub(crate) async fn killed_before_the_answer_is_read(product: Product) {
    let stage = Stage::new(product).await;
    stage.simulator.inject("slow:300".parse().expect("a fault"));
    let manifest = stage.manifest(&[]);
    let arguments = ["configure", manifest.as_str()];
    let child = stage.start(&arguments);
    stage.until_received(1).await;
    signal(&child, "-STOP").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    kill(child).await;
    stage.sends(&arguments, 21, 1).await;
    stage.sends(&[&arguments[..], &["--resolve", "not-accepted"]].concat(), 0, 2).await;
    stage.sends(&arguments, 0, 2).await;
}

/// What the journal knows, the next run tells: the receipt is not lost.
pub(crate) async fn killed_after_the_outcome_is_recorded(product: Product) {
    let stage = Stage::new(product).await;
    let manifest = stage.manifest(&[]);
    let child = stage.start(&["configure", &manifest]);
    until("recorded", || journal(&stage).contains("\"event\":\"outcome\"")).await;
    kill(child).await;
    let receipt = stage.file("receipt.json");
    let said = stage.sends(&["configure", &manifest, "--receipt", &receipt], 0, 1).await;
    assert!(said.contains("Accepted before"), "{said}");
    let receipts = std::fs::read_to_string(receipt).expect("a receipt");
    let receipts: serde_json::Value = serde_json::from_str(&receipts).expect("JSON");
    let taken = stage.simulator.journal().remove(0);
    assert_eq!(receipts[0]["outcome"]["state"], "accepted");
    assert_eq!(receipts[0]["request_id"], taken.request_id.as_str());

    // Where the answer was lost, the program itself knows that nobody knows.
    stage.simulator.inject("drop".parse().expect("a fault"));
    let other = stage.manifest(&[("TableNames", "products")]);
    stage.sends(&["configure", &other], 21, 2).await;
    stage.sends(&["configure", &other], 21, 2).await;
}

/// The second run waits for the first, and finds what it did.
pub(crate) async fn two_runs_at_once(product: Product) {
    let stage = Stage::new(product).await;
    stage.simulator.inject("slow:700".parse().expect("a fault"));
    let manifest = stage.manifest(&[]);
    let arguments = ["configure", manifest.as_str()];
    let runs = tokio::join!(stage.run(&arguments), stage.run(&arguments));
    let codes = [runs.0.code, runs.1.code];
    assert_eq!(codes, [0, 0], "{}\n{}", runs.0.everything, runs.1.everything);
    assert_eq!(stage.simulator.journal().len(), 1);
    let before = [runs.0, runs.1].map(|run| run.everything.contains("Accepted before"));
    assert!(before[0] != before[1], "{before:?}");
}

/// What is not the program's own is not built upon.
pub(crate) async fn broken_journal(product: Product) {
    let stage = Stage::new(product).await;
    let manifest = stage.manifest(&[]);
    stage.simulator.inject("reject:InvalidParameter".parse().expect("a fault"));
    stage.sends(&["configure", &manifest], 20, 1).await;
    let folder = stage.file("state/journal");
    let mut files = std::fs::read_dir(&folder).expect("a folder");
    let path = files.next().expect("a journal").expect("a file").path();
    let good = std::fs::read_to_string(&path).expect("text");
    std::fs::write(&path, format!("{good}\u{1b}[2J\n")).expect("written");
    let said = stage.run(&["configure", &manifest]).await;
    assert_eq!(said.code, 1, "{}", said.everything);
    assert!(said.everything.contains("line 3: it is no entry"), "{}", said.everything);
    assert_eq!(stage.simulator.journal().len(), 1);
    // A line that was torn off was never acted upon.
    std::fs::write(&path, format!("{good}{{\"format_ver")).expect("written");
    stage.sends(&["configure", &manifest], 0, 2).await;
}

/// A plan is good for one use, for what was proven, and for nothing else.
pub(crate) async fn plan(product: Product) {
    let stage = Stage::new(product).await;
    let (plan, copy) = (stage.file("plan.json"), stage.file("copy.json"));
    let bad = stage.manifest(&[("TableNames", "no_such_table")]);
    stage.sends(&["configure", "--plan", &plan, &bad], 10, 0).await;
    assert!(!Path::new(&plan).exists(), "a plan through a closed gate");

    // An account of its own: other tests use the server meanwhile.
    let role =
        format!("create role plan_user login replication in role cdc_user password '{PASSWORD}'");
    stage.fixture.execute(&role).await.expect("a role");
    let good = stage.manifest(&[("User", "plan_user")]);
    stage.sends(&["configure", "--plan", &plan, &good], 0, 0).await;
    std::fs::copy(&plan, &copy).expect("a copy");
    let written = std::fs::read_to_string(&plan).expect("a plan");
    let edited = stage.file("edited.json");
    std::fs::write(&edited, written.replacen("\"expires_at\": \"2", "\"expires_at\": \"3", 1))
        .expect("written");
    for (arguments, code, reason) in [
        (["--apply", &edited, &good], 22, "the plan was edited"),
        (["--apply", &good, &good], 2, "it is no plan"),
        (["--apply", "/no/such/plan", &good], 2, "cannot be read"),
        (["--apply", &plan, "--endpoint=http://127.0.0.1:9"], 2, "REQUEST"),
    ] {
        let said = stage.sends(&[&["configure"], &arguments[..]].concat(), code, 0).await;
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    let elsewhere = ["configure", "--apply", &plan, &good, "--endpoint=http://127.0.0.1:9"];
    let said = stage.sends(&elsewhere, 22, 0).await;
    assert!(said.contains("another address"), "{said}");

    let database = &stage.fixture;
    database.execute("alter role plan_user noreplication").await.expect("altered");
    let said = stage.sends(&["configure", "--apply", &plan, &good], 22, 0).await;
    assert!(said.contains("postgres/replication-role: fail"), "{said}");
    database.execute("alter role plan_user replication").await.expect("altered");

    let arguments = ["configure", "--apply", &plan, &good];
    let runs = tokio::join!(stage.run(&arguments), stage.run(&arguments));
    let mut codes = [runs.0.code, runs.1.code];
    codes.sort_unstable();
    assert_eq!(codes, [0, 22], "{}\n{}", runs.0.everything, runs.1.everything);
    assert_eq!(stage.simulator.journal().len(), 1);
    for used in [&plan, &copy] {
        let said = stage.sends(&["configure", "--apply", used, &good], 22, 1).await;
        assert!(said.contains("used before"), "{said}");
    }
    let other = stage.manifest(&[("User", "plan_user"), ("TableNames", "products")]);
    let said = stage.sends(&["configure", "--apply", &copy, &other], 22, 1).await;
    assert!(said.contains("another request"), "{said}");
}

/// A stream can be asked for by its name: nobody has to look, and it is created once.
pub(crate) async fn stream(product: Product) {
    let stage = Stage::new(product).await;
    let path = stage.file("stream.json");
    let manifest = |name: &str, filter: &str| {
        let mut fields = stage.fixture.fields(&[]);
        fields.insert("Password".into(), json!("${CDC_PASSWORD}"));
        let value = |value: &str| json!({ "Form": "CONSTANT", "Value": value });
        let sink = json!({ "QueueName": value("orders"), "Body": { "Form": "ORIGINAL" },
                           "IsBase64Encode": value("true") });
        let manifest = json!({ "requests": [{ "createEventStreaming": {
            "EventStreamingName": name, "FilterPattern": filter,
            "Source": { "SourcePostgreSQLParameters": fields },
            "Sink": { "SinkMNSParameters": sink } } }] });
        std::fs::write(&path, manifest.to_string()).expect("a file");
    };
    manifest("orders", "{}");
    let created = || {
        let journal = stage.simulator.journal().into_iter();
        let creating = |entry: &Entry| entry.operation.as_deref() == Some("CreateEventStreaming");
        journal.filter(creating).count()
    };
    let arguments = ["configure", path.as_str(), "--wire", "rest"];

    // Killed while the answer is out: the stream is there as it was asked for.
    stage.simulator.inject("slow:60000".parse().expect("a fault"));
    let child = stage.start(&arguments);
    until("received", || created() == 1).await;
    kill(child).await;
    let other = "{\"source\": [\"another\"]}";
    manifest("orders", other);
    // What the first run asked for is there, so the name is taken: another cannot be created.
    let run = stage.run(&arguments).await;
    assert_eq!((run.code, created()), (20, 2), "{}", run.everything);
    assert!(run.everything.contains("EventStreamingAlreadyExisted"), "{}", run.everything);
    manifest("orders", "{}");
    for _ in 0..2 {
        let run = stage.run(&arguments).await;
        assert_eq!((run.code, created()), (0, 2), "{}", run.everything);
        assert!(run.everything.contains("Accepted before"), "{}", run.everything);
    }

    // The request did not get through: there is no such stream, and it is sent.
    manifest("payments", "{}");
    stage.simulator.inject("drop-before".parse().expect("a fault"));
    let run = stage.run(&arguments).await;
    assert_eq!((run.code, created()), (21, 2), "{}", run.everything);
    let run = stage.run(&arguments).await;
    assert_eq!((run.code, created()), (0, 3), "{}", run.everything);
    assert!(run.everything.contains("the service says that it was not done"), "{}", run.everything);
}
