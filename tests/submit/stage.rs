//! The program as a user runs it, a simulator that verifies strictly, and a folder for the journal.

use std::path::Path;
use std::process::Stdio;

use cdc_preflight::eventbridge::journal::{Journal, StateDir, Target};
use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Running, Simulator};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::scene::KEY;

const SECRET: &str = "access-key-secret-0123";
pub(crate) const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stream-mns.yaml");
pub(crate) const DATABASE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stream-mysql.yaml");
pub(crate) const ACCESS_KEY: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_ACCESS_KEY_ID", "access-key-id"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)];

pub(crate) struct Stage {
    pub(crate) simulator: Running,
    folder: TempDir,
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let key = AccessKey::new("access-key-id", SECRET);
        let config = change(Config::new(KeyPolicy::require(KEY)).access_key(key));
        let simulator = Simulator::start(config).await.unwrap();
        Self { simulator, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command with an access key.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &ACCESS_KEY).await
    }

    pub(crate) async fn run_with(&self, arguments: &[&str], keys: &[(&str, &str)]) -> Run {
        let output = self.program(arguments, keys).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let run = Run {
            code: output.status.code().unwrap(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        let journal = self.journal();
        for secret in ["geheim", SECRET, KEY] {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{arguments:?}");
            assert!(!journal.contains(secret), "{arguments:?}: {journal}");
        }
        run
    }

    pub(crate) async fn good(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments).await;
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.out, run.err);
        run.out
    }

    /// Starts a command with an access key; its words on standard error can be read.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut program = self.program(arguments, &ACCESS_KEY);
        program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn program(&self, arguments: &[&str], keys: &[(&str, &str)]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
        program
            .args(arguments)
            .env_clear()
            .envs(keys.iter().copied())
            .env("EVENTBRIDGE_ENDPOINT", self.simulator.url())
            .env("CDC_PREFLIGHT_STATE_DIR", self.file("state"))
            .env("RABBITMQ_PASSWORD", "geheim-1")
            .env("MYSQL_PASSWORD", "geheim-3")
            .env("SINK_TOKEN", "geheim-2")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        program
    }

    /// Calls an operation behind the program's back.
    pub(crate) async fn directly(&self, operation: &str, body: &Value) {
        directly(&self.simulator, operation, body).await;
    }

    /// The journal of a stream, which nobody else can open meanwhile.
    pub(crate) async fn hold(&self, name: &str) -> Journal {
        let state = StateDir::find(Some(Path::new(&self.file("state"))), |_| None).unwrap();
        let target = Target::stream(self.simulator.url(), name);
        Journal::open(&state, target, || panic!("nobody has it")).await.unwrap()
    }

    /// All that the program has written about what it sent.
    pub(crate) fn journal(&self) -> String {
        let Ok(folder) = std::fs::read_dir(self.file("state/journal")) else {
            return String::new();
        };
        folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    /// How many requests for an operation the service has received.
    pub(crate) fn received(&self, action: &str) -> usize {
        let asks =
            |entry: &eventbridge_simulator::Entry| entry.operation.as_deref() == Some(action);
        self.simulator.journal().into_iter().filter(asks).count()
    }

    /// The state of the first stream.
    pub(crate) fn status(&self) -> Option<String> {
        Some(self.simulator.streams().first()?["Status"].as_str()?.to_owned())
    }
}

/// Calls an operation of a simulator without this program.
pub(crate) async fn directly(simulator: &Running, operation: &str, body: &Value) {
    let url = format!("{}/eventstreaming/{operation}", simulator.url());
    let answer = reqwest::Client::new().post(url).bearer_auth(KEY).json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{operation}: {answer:?}");
}
