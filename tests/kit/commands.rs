//! Every YAML file parses, and every command line in it is one that the program understands.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{PROGRAM, file, said};

/// What the scripts expect in their environment: inputs of the action, and what the runner sets.
const VARIABLES: [(&str, &str); 6] = [
    ("requests", "cdc/requests.yaml"),
    ("WAIT", "60s"),
    ("FAIL_ON", "required"),
    ("SARIF", "preflight.sarif"),
    ("GITHUB_STEP_SUMMARY", "summary.md"),
    ("EVENTBRIDGE_API_KEY", "k"),
];

/// How the program complains about a file that is not there: it understood all else.
const NO_FILE: &str = "cannot be read: No such file or directory";
/// Makes the service miss a file, too: else it would start, and stay. And how it complains of that.
const NO_TOKENS: [&str; 2] =
    [" --token-file=no-such-file", "--token-file \"no-such-file\": No such file or directory"];

/// The files of a folder whose names end like this.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(file(folder)).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| {
        path.extension().is_some_and(|end| endings.contains(&end.to_str().unwrap()))
    };
    let mut files: Vec<PathBuf> = entries.filter(wanted).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

fn yaml_files() -> Vec<PathBuf> {
    let kit = files("examples/ci", &["yml", "yaml"]);
    let compose = files("examples/compose", &["yaml"]);
    [kit, compose, vec![file("docker-compose.yml")]].concat()
}

fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The command lines in scripts, in lists of scripts and in comments.
fn in_text(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap().replace("\\\n", " ");
    let lines = text.lines().map(|line| line.trim_start_matches(['#', '-', '$', ' ']));
    lines.filter(|line| line.starts_with("cdc-preflight ")).map(str::to_owned).collect()
}

/// The commands of containers: `command`, with what `args` adds to it.
fn in_lists(value: &Value) -> Vec<String> {
    let below = match value {
        Value::Array(items) => items.iter().flat_map(in_lists).collect(),
        Value::Object(members) => members.values().flat_map(in_lists).collect(),
        _ => Vec::new(),
    };
    let words = |name| value.get(name).and_then(Value::as_array).into_iter().flatten();
    let words = words("command").chain(words("args")).filter_map(Value::as_str);
    let words: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    let own = words.first().is_some_and(|first| first == "'cdc-preflight'");
    let own = own.then(|| words.join(" "));
    own.into_iter().chain(below).collect()
}

/// Runs a command line where no file is, by the shell that CI uses; what is wrong with it, if the
/// program complains about anything but that.
fn complaint(line: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("cdc")).unwrap();
    let path = format!("{}:/usr/bin:/bin", Path::new(PROGRAM).parent().unwrap().display());
    let serves = line.replace('\'', "").starts_with("cdc-preflight serve ");
    let [more, no_file] = if serves { NO_TOKENS } else { ["", NO_FILE] };
    let line = format!("{line}{more}");
    let mut shell = Command::new("bash");
    shell.args(["-euc", &line]).current_dir(folder.path());
    shell.env_clear().env("PATH", path).envs(VARIABLES);
    let output = shell.output().expect("bash starts");
    let understood = output.status.code() == Some(2) && said(&output).contains(no_file);
    (!understood).then(|| format!("{line}\n{}\n{}", output.status, said(&output)))
}

#[test]
fn every_command_line_is_understood() {
    let mut all = 0;
    for path in yaml_files() {
        let lists = documents(&path).iter().flat_map(in_lists).collect();
        let lines = [in_text(&path), lists].concat();
        all += lines.len();
        let wrong: Vec<String> = lines.iter().filter_map(|line| complaint(line)).collect();
        assert!(wrong.is_empty(), "{}: {}", path.display(), wrong.join("\n"));
    }
    assert!(all >= 9, "only {all} command lines were found");
}

#[test]
fn a_command_line_that_is_out_of_date_is_seen() {
    for line in [
        "cdc-preflight check cdc/requests.yaml --no-such-flag",
        "cdc-preflight check cdc/requests.yaml --report no-such-format",
        "cdc-preflight check cdc/requests.yaml --wait never",
        "cdc-preflight no-such-command cdc/requests.yaml",
        "cdc-preflight check \"$NO_SUCH_VARIABLE\"",
        "cdc-preflight --version",
    ] {
        assert!(complaint(line).is_some(), "{line}");
    }
}

/// An expression that the runner pastes into a script runs whatever a stranger wrote into it.
#[test]
fn no_script_holds_an_expression_of_the_runner() {
    fn scripts(value: &Value) -> Vec<&str> {
        match value {
            Value::Array(items) => items.iter().flat_map(scripts).collect(),
            Value::Object(members) => {
                let own = members.get("run").and_then(Value::as_str);
                own.into_iter().chain(members.values().flat_map(scripts)).collect()
            }
            _ => Vec::new(),
        }
    }
    let documents: Vec<Value> = yaml_files().iter().flat_map(|path| documents(path)).collect();
    let scripts: Vec<&str> = documents.iter().flat_map(scripts).collect();
    assert!(scripts.len() >= 5, "{scripts:?}");
    for script in scripts {
        assert!(!script.contains("${{"), "{script}");
    }
}

/// The requests in the ConfigMap are read; only the database is not there.
#[test]
fn the_requests_of_the_job_are_understood() {
    let job = documents(&file("examples/ci/kubernetes-job.yaml"));
    let text = job[0]["data"]["requests.yaml"].as_str().expect("requests");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.yaml");
    let nowhere = text.replace("postgres.inventory.svc", "127.0.0.1").replace("5432", "1");
    std::fs::write(&path, nowhere).unwrap();
    let mut program = Command::new(PROGRAM);
    program.arg("check").arg(&path).env_clear().env("POSTGRES_CDC_PASSWORD", "p");
    let output = program.output().expect("it starts");
    assert_eq!(output.status.code(), Some(11), "{}", said(&output));
}
