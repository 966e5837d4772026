//! Every recorded server, judged again: each recording has a snapshot of its report.
//!
//! A check that is added or changed shows here on every version at once. `INSTA_UPDATE=always cargo
//! test --test replay` accepts what is new; read the difference before it is committed.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own data has to stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The recordings, in the order of their names.
fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/facts");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

/// What the program says of a recording, with nothing in its environment that could change it.
fn replay(recording: &Path, report: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    program.args(["check", "--facts"]).arg(recording).arg("--report").args(report);
    program.env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null());
    let output = program.output().expect("it starts");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{recording:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_recording_is_judged_as_before() {
    let recordings = recordings();
    assert!(!recordings.is_empty());
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for recording in recordings {
        let name = recording.file_stem().unwrap().to_str().unwrap().to_owned();
        insta::assert_snapshot!(name, replay(&recording, &["short", "--verbose"]));
    }
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    for recording in recordings() {
        for report in ["human", "json", "short"] {
            assert_eq!(replay(&recording, &[report]), replay(&recording, &[report]));
        }
    }
}

#[test]
fn json_says_what_the_short_report_says() {
    for recording in recordings() {
        let short = replay(&recording, &["short", "--verbose"]);
        let short = short.lines().map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "));
        let document: Value = serde_json::from_str(&replay(&recording, &["json"])).unwrap();
        let target = &document["targets"][0];
        let gate = match target["gate"]["state"].as_str().unwrap() {
            "open" => "pass required gate",
            _ => "fail required gate",
        };
        let json = findings(target).into_iter().chain([gate.to_owned()]);
        assert_eq!(short.collect::<Vec<_>>(), json.collect::<Vec<_>>(), "{recording:?}");
    }
}

/// Every finding's outcome, and its check's level and id.
fn findings(target: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let results = target["results"].as_array().unwrap().iter();
    results
        .flat_map(|result| {
            let subjects = result["subjects"].as_array().unwrap().iter();
            subjects.map(move |subject| {
                [&subject["outcome"], &result["level"], &result["id"]].map(word).join(" ")
            })
        })
        .collect()
}
