//! Many sources in one run: files, folders, servers that are silent or lie.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use super::{PASSWORD, code, folder, run, said};

/// A manifest of one request for each port.
fn manifest(path: &Path, ports: &[u16]) {
    let requests: Vec<Value> = ports
        .iter()
        .map(|port| {
            json!({ "configurePostgreSQLSource": {
                "RegionId": "cn-hangzhou", "HostName": "127.0.0.1", "Port": port, "User": "u",
                "Password": PASSWORD, "DatabaseName": "d", "TableNames": "t",
            }})
        })
        .collect();
    std::fs::write(path, json!({ "requests": requests }).to_string()).unwrap();
}

/// A listener that does this with each connection, until the test ends.
fn listener(behave: impl Fn(std::net::TcpStream) + Send + Sync + Copy + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || behave(stream));
        }
    });
    port
}

/// Says nothing, and does not go away.
fn silent(mut stream: std::net::TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Answers without end, and nothing that means anything.
fn lying(mut stream: std::net::TcpStream) {
    while stream.write_all(&[b'E', 0, 0, 0, 4, b'R', 0xff, 0xff, 0xff, 0x7f]).is_ok() {}
}

/// Says goodbye at once.
fn curt(stream: std::net::TcpStream) {
    drop(stream);
}

#[test]
fn one_silent_server_delays_nobody_else() {
    let folder = folder();
    let path = folder.path().join("request.json");
    let mut ports = vec![listener(silent), listener(lying)];
    ports.extend((0..60).map(|_| listener(curt)));
    ports.push(listener(silent));
    manifest(&path, &ports);
    let events = folder.path().join("events.jsonl");
    let arguments = [
        "check",
        path.to_str().unwrap(),
        "--connect-timeout",
        "10",
        "--concurrency",
        "4",
        "--report",
        "json",
        "--report",
        &format!("jsonl={}", events.display()),
    ];
    let output = run(&arguments);
    assert_eq!(code(&output), 11, "{}", said(&output));
    // Those that wait are in nobody's way: everybody else was visited meanwhile.
    let events = std::fs::read_to_string(events).unwrap();
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let visited = events.filter(|event| event["event"] == "target-visited");
    let visited: Vec<u64> = visited.map(|event| event["target"].as_u64().unwrap()).collect();
    let last = &visited[ports.len() - 2..];
    assert!(last.contains(&0) && last.contains(&62), "{visited:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = report["targets"].as_array().unwrap();
    let found: Vec<u64> =
        targets.iter().map(|target| target["target"]["port"].as_u64().unwrap()).collect();
    assert_eq!(found, ports.iter().map(|port| u64::from(*port)).collect::<Vec<_>>());
    assert!(targets.iter().all(|target| target["gate"]["state"] == "closed"));
}

#[test]
fn a_summary_ends_the_report_of_many() {
    let folder = folder();
    let (one, other) = (folder.path().join("a.json"), folder.path().join("b.yaml"));
    manifest(&one, &[1, 2]);
    manifest(&other, &[3]);
    std::fs::write(folder.path().join("notes.txt"), "no request").unwrap();
    std::fs::write(folder.path().join(".hidden.yaml"), "no request").unwrap();
    let output = run(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let said = said(&output);
    let (_, summary) = said.split_once("3 targets: 0 open, 3 closed\n").expect("a summary");
    let lines: Vec<&str> = summary.lines().filter(|line| line.contains("d@127.0.0.1:")).collect();
    let ports = lines.iter().map(|line| line.split([':', ' ']).nth(2).unwrap());
    assert_eq!(ports.collect::<Vec<_>>(), ["1", "2", "3"], "{summary}");
    assert!(lines.iter().all(|line| line.contains("closed")), "{summary}");
}

#[test]
fn the_problems_of_all_files_are_told_at_once() {
    let folder = folder();
    let (one, other) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
    std::fs::write(&one, "requests: 1\n").unwrap();
    std::fs::write(&other, "requests: 2\n").unwrap();
    let output = run(&["check", one.to_str().unwrap(), other.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("a.yaml") && said(&output).contains("b.yaml"));
    let empty = super::folder();
    let output = run(&["check", empty.path().to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("there is no request in this folder"), "{}", said(&output));
    assert_eq!(code(&run(&["check", "-", "-"])), 2);
}

#[test]
fn waiting_ends_with_the_time_and_the_last_report() {
    let folder = folder();
    let path = folder.path().join("request.json");
    manifest(&path, &[1]);
    let output = run(&["check", path.to_str().unwrap(), "--wait", "3s", "--report", "json"]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one report");
    assert_eq!(report["exit"]["code"], 11);
    assert!(String::from_utf8_lossy(&output.stderr).contains("note: waiting: "));
    assert_eq!(code(&run(&["check", path.to_str().unwrap(), "--wait", "soon"])), 2);
}
