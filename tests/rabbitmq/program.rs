//! The program as a user runs it, between a broker and a simulated EventBridge.

use std::process::{Output, Stdio};

use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Simulator};
use tokio::process::Command;

use crate::fixture::{Fixture, PASSWORD};

const SECRET: &str = "access-key-secret-0123";

/// A stream is sent where its queue is there, and not where it is missing.
pub(crate) async fn sends_a_stream_only_for_a_proven_broker(fixture: &Fixture) {
    let key = AccessKey::new("access-key-id", SECRET);
    let config = Config::new(KeyPolicy::require("api-key-0123456789")).access_key(key);
    let simulator = Simulator::start(config).await.expect("it starts");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stream.json");
    let management = fixture.admin.address();
    let run = async |overlay: &[(&str, &str)]| -> Output {
        let overlay: Vec<(String, String)> =
            overlay.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        std::fs::write(&file, fixture.manifest(&overlay)).expect("a file");
        Command::new(env!("CARGO_BIN_EXE_cdc-preflight"))
            .args(["configure", "--rabbitmq-management", management, "--wire", "openapi"])
            .args(["--endpoint", &simulator.url().to_string(), "--state-dir"])
            .arg(folder.path().join("state"))
            .arg(&file)
            .env_clear()
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "access-key-id")
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("it runs")
    };
    let text = |output: &Output| {
        let (out, err) = (&output.stdout, &output.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    };
    let closed = run(&[("QueueName", "nowhere")]).await;
    assert_eq!(closed.status.code(), Some(10), "{}", text(&closed));
    assert!(simulator.streams().is_empty());
    let open = run(&[]).await;
    let said = text(&open);
    assert_eq!(open.status.code(), Some(0), "{said}");
    assert!(said.contains("amqp:Queue:SendMessage"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    assert_eq!(simulator.streams().len(), 1);
}
