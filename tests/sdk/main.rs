//! The vendor's official Python SDK drives the simulator, with verification strict.
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use eventbridge_simulator::Entry;

const ID: &str = "sdk-access-key-id";
const SECRET: &str = "sdk-access-key-secret";
/// What has to be seen in the journal, and how often at least it succeeded.
const OPERATIONS: [(&str, usize); 10] = [
    ("CreateEventStreaming", 6),
    ("DeleteEventStreaming", 6),
    ("DiscoverEventSource", 1),
    ("GetEventStreaming", 4),
    ("ListEventStreamings", 6),
    ("PauseEventStreaming", 1),
    ("StartEventStreaming", 2),
    ("TestEventSourceConfig", 1),
    ("UpdateEventStreaming", 2),
    ("UpdateEventStreamingBusinessOption", 1),
];

/// Ends the simulator when the test does, however it does.
struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_official_sdk_drives_every_streaming_operation() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_eventbridge-simulator"))
        .args(["--listen", "127.0.0.1:0", "--account-id", "164901546557", "--verify", "strict"])
        .args(["--access-key-id", ID, "--access-key-secret", SECRET, "--api-key", "k"])
        .arg("--journal")
        .arg(&journal)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let _simulator = Simulator(child);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sdk/run.sh");
    let output = Command::new(script)
        .arg(url.trim())
        // Kept for the next run: installing takes longer than everything else.
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk"))
        .env("ALIBABA_CLOUD_ACCESS_KEY_ID", ID)
        .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&journal).unwrap();
    assert!(output.status.success(), "{}\n{out}{err}", output.status);

    let entries: Vec<Entry> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (operation, least) in OPERATIONS {
        let done = entries.iter().filter(|entry| {
            entry.operation.as_deref() == Some(operation)
                && entry.authorized
                && entry.code.as_deref() == Some("Success")
        });
        assert!(done.count() >= least, "{operation}: {text}");
    }
    let refused = entries.iter().filter(|entry| !entry.authorized);
    let codes: Vec<_> = refused.map(|entry| entry.code.as_deref()).collect();
    assert_eq!(codes, [Some("SignatureDoesNotMatch")], "only the one with the wrong secret");
    assert!(!text.contains("p@ss") && !text.contains(SECRET), "{text}");
}
