//! `--report jsonl`: what programs are told while a run goes on.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{KEY, PASSWORD, code, folder, manifest, program, recorded, run, said};

/// The lines, each of which is what the schema says.
fn events(lines: &str) -> Vec<Value> {
    let schema: Value = serde_json::from_slice(&run(&["schema", "jsonl"]).stdout).unwrap();
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(lines.ends_with('\n'), "{lines}");
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let errors: Vec<String> = schema.iter_errors(&event).map(|it| it.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{line}");
        event
    };
    lines.lines().map(event).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> =
        events.iter().map(|event| event["event"].as_str().expect("a word")).collect();
    names.dedup();
    names
}

fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

/// Accepts, and never says a word; and the port where it does.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn ports(folder: &Path, ports: &[u16]) -> String {
    let request = |port: &u16| {
        json!({ "configurePostgreSQLSource": {
            "RegionId": "cn-hangzhou", "HostName": "127.0.0.1", "Port": port, "User": "u",
            "Password": PASSWORD, "DatabaseName": "d", "TableNames": "t",
        }})
    };
    let requests: Vec<Value> = ports.iter().map(request).collect();
    let path = folder.join("requests.json");
    std::fs::write(&path, json!({ "requests": requests }).to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn saved_facts_are_told_as_the_report_tells_them() {
    let folder = folder();
    let report = folder.path().join("report.json");
    let json = format!("json={}", report.display());
    let facts = recorded("postgres");
    let check = ["check", "--facts", &facts, "--report", "jsonl", "--report", &json];
    let output = run(&check);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let events = events(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(names(&events), ["run-started", "finding", "target-judged", "run-ended"]);

    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let (started, ended) = (&events[0], events.last().unwrap());
    assert_eq!(started["targets"][0], report["targets"][0]["target"]);
    assert_eq!(ended["exit"], report["exit"]);
    assert_eq!(ended["summary"]["counts"], report["targets"][0]["counts"]);
    assert_eq!((&ended["summary"]["open"], &ended["summary"]["closed"]), (&json!(1), &json!(0)));
    let judged = named(&events, "target-judged")[0];
    assert_eq!(judged["gate"], report["targets"][0]["gate"]);
    assert_eq!(judged["source"], "inventory@localhost:5432");
    let found = named(&events, "finding");
    let found: Vec<_> = found.iter().map(|it| (it["id"].clone(), it["subject"].clone())).collect();
    let results = report["targets"][0]["results"].as_array().unwrap().iter();
    let reported: Vec<_> = results
        .flat_map(|result| {
            let subjects = result["subjects"].as_array().unwrap().iter();
            subjects.map(|subject| (result["id"].clone(), subject.clone()))
        })
        .collect();
    assert_eq!(found, reported);
    assert_eq!(run(&check).stdout, run(&check).stdout, "the same facts, other bytes");
}

#[test]
fn what_is_assumed_and_what_is_waived_is_told() {
    let folder = folder();
    let waivers = folder.path().join("waivers.toml");
    let waiver = "[[waivers]]\ncheck = \"postgres/wal-level\"\nreason = \"booked\"\n\
                  owner = \"dba\"\nexpires = 2020-01-01\n";
    std::fs::write(&waivers, waiver).unwrap();
    let facts = recorded("postgres");
    let (assumed, waivers) = ("wal_level=replica", waivers.to_str().unwrap());
    let output = run(&[
        "check",
        "--facts",
        &facts,
        "--assume",
        assumed,
        "--waivers",
        waivers,
        "--report",
        "jsonl",
    ]);
    assert_eq!(code(&output), 10, "{}", said(&output));
    let events = events(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(events[0]["what_if"], json!(["wal_level = replica"]));
    let ended = events.last().unwrap();
    assert_eq!(ended["summary"]["waivers"][0]["state"], "expired");
    let failed = named(&events, "finding").into_iter().find(|it| it["id"] == "postgres/wal-level");
    assert_eq!(failed.unwrap()["subject"]["observed"], "replica");
    let exit = ["check", "--facts", &facts, "--assume", assumed, "--report", "jsonl"];
    let forgiven = run(&[exit.as_slice(), &["--exit-zero"]].concat());
    let events = self::events(&String::from_utf8(forgiven.stdout).unwrap());
    let ended = &events.last().unwrap()["exit"];
    assert_eq!(ended["code"], 0);
    assert!(ended["reason"].as_str().unwrap().contains("--exit-zero"), "{ended}");
}

/// A child with its events, as they come.
struct Following {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Following {
    fn start(arguments: &[&str]) -> Self {
        let mut command = program(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The lines up to the first one about this event, that one included.
    fn until(&mut self, event: &str) -> String {
        let mut lines = String::new();
        let mark = format!("{{\"event\":\"{event}\"");
        loop {
            let before = lines.len();
            assert_ne!(self.lines.read_line(&mut lines).unwrap(), 0, "no {event}: {lines}");
            if lines[before..].starts_with(&mark) {
                return lines;
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn targets_are_told_as_they_come_and_an_interruption_ends_the_run() {
    let folder = folder();
    let (silent, port) = silent();
    let path = ports(folder.path(), &[port, 1]);
    let mut following =
        Following::start(&["check", &path, "--connect-timeout", "600", "--report", "jsonl"]);
    // The first target never answers: what is read here was written while the run goes on.
    let mut lines = following.until("target-judged");
    let interrupt = ["-INT", &following.child.id().to_string()];
    assert!(Command::new("kill").args(interrupt).status().unwrap().success());
    following.lines.read_to_string(&mut lines).unwrap();
    let output = following.child.wait_with_output().unwrap();
    drop(silent);
    assert_eq!(code(&output), 130, "{}", said(&output));
    assert!(!lines.contains(PASSWORD));

    let events = events(&lines);
    let expected = [
        "run-started",
        "target-started",
        "target-visited",
        "finding",
        "target-judged",
        "run-ended",
    ];
    assert_eq!(names(&events), expected);
    let started: Vec<_> =
        named(&events, "target-started").iter().map(|it| it["target"].as_u64()).collect();
    assert_eq!(started, [Some(0), Some(1)]);
    let visited = named(&events, "target-visited")[0];
    assert_eq!((&visited["target"], &visited["reached"]), (&json!(1), &json!(false)));
    assert!(visited["missing"]["sentence"].is_string(), "{visited}");
    let ended = json!({ "event": "run-ended", "exit": { "code": 130, "reason": "interrupted" } });
    assert_eq!(events.last(), Some(&ended));
}

#[test]
fn of_many_looks_the_last_whole_one_counts() {
    let folder = folder();
    let path = ports(folder.path(), &[1]);
    let output = run(&["check", &path, "--wait", "3s", "--report", "jsonl"]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let events = events(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(named(&events, "run-started").len(), 1);
    assert_eq!(named(&events, "run-ended").len(), 1);
    let attempts: Vec<u64> = named(&events, "target-judged")
        .iter()
        .map(|event| event["attempt"].as_u64().unwrap())
        .collect();
    assert!(attempts.len() > 1, "{attempts:?}");
    let numbered: Vec<u64> = (1..).take(attempts.len()).collect();
    assert_eq!(attempts, numbered);
    let ended = events.last().unwrap();
    assert_eq!(ended["summary"]["attempt"].as_u64(), attempts.last().copied());
    assert_eq!(ended["exit"]["code"], 11);
}

#[test]
fn configure_tells_its_run_and_nothing_else_beside_it() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let dry_run =
        ["configure", "--dry-run", path.to_str().unwrap(), "--report", "jsonl"].map(str::to_owned);
    let dry_run: Vec<&str> = dry_run.iter().map(String::as_str).collect();
    let output = run(&dry_run);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let told = events(&String::from_utf8(output.stdout.clone()).unwrap());
    assert_eq!(told.last().unwrap()["exit"]["code"], 11);
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was sent"));

    // Its own end is told where it comes after the report's.
    let state = folder.path().join("state");
    let mut command = program(&["configure", path.to_str().unwrap(), "--report", "jsonl"]);
    command.env("EVENTBRIDGE_API_KEY", KEY).env("XDG_STATE_HOME", &state);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 11, "{}", said(&output));
    let told = events(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(told.last().unwrap()["summary"]["closed"], 1);
}

#[test]
fn a_file_grows_and_other_reports_stand_beside_it() {
    let folder = folder();
    let lines = folder.path().join("run.jsonl");
    std::fs::write(&lines, "a run of before\n").unwrap();
    let sink = format!("jsonl={}", lines.display());
    let facts = recorded("postgres");

    let wrong = ["check", "--facts", &facts, "--report", &sink, "--select", "postgres/wal-levle"];
    assert_eq!(code(&run(&wrong)), 2);
    assert_eq!(std::fs::read_to_string(&lines).unwrap(), "a run of before\n");

    let check = ["check", "--facts", &facts, "--report", &sink, "--report", "jsonl"];
    let output = run(&check);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(std::fs::read(&lines).unwrap(), output.stdout);
    assert!(!events(&std::fs::read_to_string(&lines).unwrap()).is_empty());
    let output = run(&["check", "--facts", &facts, "--report", &sink, "--report", "short"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("warn "), "{}", said(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_changes_nothing_and_a_full_disk_is_an_error() {
    let folder = folder();
    let path = ports(folder.path(), &[1; 40]);
    let mut child = program(&["check", &path, "--report", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 11, "{}", said(&output));
    assert_eq!(said(&output), "");

    let facts = recorded("postgres");
    let output = run(&["check", "--facts", &facts, "--report", "jsonl=/dev/full"]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert_eq!(said(&output).matches("cannot write the report").count(), 1, "{}", said(&output));
}
