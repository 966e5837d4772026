//! Many sources in one run, some of which do not behave, and a server that comes up late.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::Product;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{Fixture, PASSWORD};
use crate::program::Stage;
use crate::proxy::Proxy;

/// Requests that differ by their port, with the password in a variable.
fn manifest(fixture: &Fixture, ports: &[u16]) -> Value {
    let requests: Vec<Value> = ports
        .iter()
        .map(|port| {
            let mut fields = fixture.fields(&[]);
            fields.insert("Port".into(), json!(port));
            fields.insert("Password".into(), json!("${CDC_PASSWORD}"));
            json!({ fixture.action(): fields })
        })
        .collect();
    json!({ "requests": requests })
}

/// Accepts, and never says a word.
async fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    port
}

/// Speaks without end, and no protocol.
async fn lying() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                while stream.write_all(b"S\xff\xff\xff\x7f R\0\0\0\x08").await.is_ok() {}
            });
        }
    });
    port
}

/// Servers that are silent, lie, or fall silent midway keep nobody else waiting, and change nothing
/// in the others' verdicts.
pub(crate) async fn healthy_ones_are_not_kept_waiting(product: Product) {
    let stage = Stage::new(product).await;
    let fixture = &stage.fixture;
    let healthy = fixture.server.port();
    let midway = Proxy::stalling(healthy, 0, 600).await;
    let mut ports = vec![silent().await, lying().await, midway.port()];
    ports.extend([healthy; 24]);
    let path = stage.file("many.json");
    std::fs::write(&path, manifest(fixture, &ports).to_string()).expect("a file");
    let events = format!("jsonl={}", stage.file("run.jsonl"));
    let arguments = [
        "check",
        &path,
        "--report",
        &events,
        "--concurrency",
        "6",
        "--connect-timeout",
        "8",
        "--timeout",
        "20",
        "--report",
        "json",
    ];
    let started = Instant::now();
    let run = stage.run(&arguments).await;
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
    assert_eq!(run.code, 11, "{product}: {}", run.everything);
    let report: Value = serde_json::from_str(run.stdout()).expect("JSON");
    let targets = report["targets"].as_array().expect("a list");
    let states = targets.iter().map(|target| target["gate"]["state"].as_str().expect("a state"));
    let expected = ["closed"; 3].into_iter().chain(["open"; 24]);
    assert!(states.eq(expected), "{product}: {:#}", report["targets"]);
    told_as_they_came(&std::fs::read_to_string(stage.file("run.jsonl")).expect("events"), 3, 24);
}

/// Every target is told once, in whatever order; the last line sums up.
fn told_as_they_came(lines: &str, closed: u64, open: u64) {
    let events: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let named = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    for name in ["target-started", "target-visited", "target-judged"] {
        let mut told: Vec<u64> =
            named(name).map(|event| event["target"].as_u64().expect("a place")).collect();
        told.sort_unstable();
        assert_eq!(told, (0..closed + open).collect::<Vec<_>>(), "{name}");
    }
    let unreached = named("target-visited").filter(|event| event["reached"] == false);
    assert!(unreached.count() >= 2, "who says nothing lets nobody in");
    let last = events.last().expect("an end");
    assert_eq!(last["event"], "run-ended");
    let summary = &last["summary"];
    assert_eq!((&summary["closed"], &summary["open"]), (&json!(closed), &json!(open)));
}

/// A run that begins while the server is down ends green once it is up.
pub(crate) async fn a_late_server_is_waited_for(product: Product) {
    let fixture = Fixture::start(product).await.expect("a server of its own");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("request.json");
    let port = fixture.server.port();
    std::fs::write(&path, manifest(&fixture, &[port]).to_string()).expect("a file");
    let check = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
        program.args(["check", "--wait", "120s", "--report", "json"]).arg(&path);
        program.env_clear().env("CDC_PASSWORD", PASSWORD).stdin(Stdio::null());
        program.output().await.expect("it starts")
    };
    let (restarted, output) = tokio::join!(fixture.server.restart(), check);
    restarted.expect("it comes up again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{product}: {said}");
    assert!(said.contains("note: waiting: "), "{product}: {said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("one report");
    assert_eq!(report["targets"][0]["gate"]["state"], "open");
}
