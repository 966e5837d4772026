//! The command: its first line, its signals, its usage errors.

use std::fs;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::client::{Call, KEY, PASSWORD, POSTGRES, source};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eventbridge-simulator"));
    for name in [
        "EVENTBRIDGE_API_KEY",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ] {
        command.env_remove(name);
    }
    command.kill_on_drop(true);
    command
}

/// Starts the command and reads the address it tells.
async fn started(command: &mut Command) -> (Child, String, Lines<BufReader<ChildStdout>>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap();
    (child, line.unwrap().expect("a first line"), lines)
}

async fn signalled(child: &mut Child, name: &str) -> Option<i32> {
    let order = format!("kill -{name} {}", child.id().unwrap());
    assert!(Command::new("sh").args(["-c", &order]).status().await.unwrap().success());
    let status = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
    status.expect("it stops").unwrap().code()
}

async fn output(command: &mut Command) -> Output {
    tokio::time::timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_first_line_is_the_address_and_sigterm_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let mut command = command();
    command.env("EVENTBRIDGE_API_KEY", KEY).args(["--listen", "127.0.0.1:0", "--fault", "503"]);
    let (mut child, url, mut lines) = started(command.arg("--journal").arg(&journal)).await;

    let port = url.strip_prefix("http://127.0.0.1:").unwrap_or_else(|| panic!("{url}"));
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    let call = Call::post(POSTGRES, &source());
    for expected in [503, 200] {
        assert_eq!(call.attempt(&url).await.unwrap().unwrap().status, expected);
    }
    assert_eq!(signalled(&mut child, "TERM").await, Some(0));
    assert_eq!(lines.next_line().await.unwrap(), None, "nothing else is printed");
    assert!(call.attempt(&url).await.is_err(), "nobody listens any more");
    let text = fs::read_to_string(journal).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains(PASSWORD) && !text.contains(KEY));
}

#[tokio::test]
async fn sigint_stops_it_too() {
    let (mut child, _, _lines) = started(command().arg("--allow-any-key")).await;
    assert_eq!(signalled(&mut child, "INT").await, Some(0));
}

#[tokio::test]
async fn it_stops_beside_an_idle_connection() {
    let (mut child, url, _lines) = started(command().arg("--allow-any-key")).await;
    let address = url.strip_prefix("http://").unwrap();
    let _idle = tokio::net::TcpStream::connect(address).await.unwrap();
    assert_eq!(signalled(&mut child, "TERM").await, Some(0));
}

#[tokio::test]
async fn allow_any_key_wins_over_a_key_of_the_environment() {
    let mut command = command();
    let (_child, url, _lines) =
        started(command.env("EVENTBRIDGE_API_KEY", "another").arg("--allow-any-key")).await;
    let answer = Call::post(POSTGRES, &source()).attempt(&url).await.unwrap().unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_faults_of_a_file_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.json");
    fs::write(&faults, r#"["503", {"fault": "404", "on": "getEventStreaming"}]"#).unwrap();
    let mut command = command();
    command.args(["--verify", "off", "--fault", "500", "--faults"]).arg(&faults);
    let (_child, url, _lines) = started(&mut command).await;
    let call = Call::post(POSTGRES, &source()).without("Authorization");
    for expected in [503, 500, 200] {
        assert_eq!(call.attempt(&url).await.unwrap().unwrap().status, expected);
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_status_two_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.txt");
    fs::write(&faults, "# one\n500\n\n418:count=2\n").unwrap();
    let faults = faults.to_str().unwrap();
    let cases: [(&[&str], &str); 12] = [
        (&[], "--api-key <KEY>"),
        (&["--api-key", ""], "the key is empty"),
        (&["--allow-any-key", "--fault", "418"], "no fault is called `418`"),
        (&["--allow-any-key", "--fault", "429:count=none"], "not `none`"),
        (&["--allow-any-key", "--listen", "8080"], "invalid socket address"),
        (&["--allow-any-key", "--faults"], "--faults"),
        (&["--allow-any-key", "--faults", faults], "faults.txt: line 4: no fault is called `418`"),
        (&["--allow-any-key", "--faults", "/nonexistent/f"], "/nonexistent/f: No such file"),
        (&["--access-key-id", "id"], "--access-key-secret <SECRET>"),
        (&["--access-key-secret", "s"], "--access-key-id <ID>"),
        (&["--allow-any-key", "--verify", "maybe"], "one of strict, lenient, off"),
        (&["--allow-any-key", "--account-id", "me"], "an account id is a number"),
    ];
    for (arguments, reason) in cases {
        let output = output(command().args(arguments)).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(reason) && output.stdout.is_empty(), "{arguments:?}: {text}");
    }
}

#[tokio::test]
async fn a_failed_start_ends_with_status_one_and_the_cause() {
    let arguments = ["--allow-any-key", "--journal", "/nonexistent/journal.jsonl"];
    let output = output(command().args(arguments)).await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("cannot write the journal /nonexistent/journal.jsonl: No such"),
        "{text}"
    );
}

#[tokio::test]
async fn help_and_version_tell_what_is_needed() {
    let help = output(command().env("EVENTBRIDGE_API_KEY", KEY).arg("--help")).await;
    let text = String::from_utf8(help.stdout).unwrap();
    for part in [
        "EVENTBRIDGE_API_KEY",
        "list of processes",
        "Examples:",
        "drop-before",
        "--verify",
        "/_simulator/journal",
    ] {
        // The help is wrapped, so a phrase may cross a line.
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{text}");
    }
    assert!(!text.contains(KEY));
    let version = output(command().arg("-V")).await;
    let expected = concat!("eventbridge-simulator ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
}
