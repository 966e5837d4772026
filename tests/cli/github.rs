//! What CI services are given beside the report: quiet reports, forgiven exits, and for GitHub's
//! runner masks, outputs and a summary.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use super::{PASSWORD, code, folder, manifest, program, recorded, run, said};

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn quiet_leaves_the_verdict_only() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let check = ["check", path.to_str().unwrap()];
    let human = run(&[check.as_slice(), &["--quiet"]].concat());
    assert_eq!(code(&human), 11);
    let lines: Vec<String> = stdout(&human).lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("GATE CLOSED  configurePostgreSQLSource inventory@127.0.0.1:1"));
    assert!(lines.len() <= 2, "the verdict may be wrapped, no more: {lines:?}");

    let short = run(&[check.as_slice(), &["-q", "--report", "short"]].concat());
    assert_eq!(code(&short), 11);
    let text = stdout(&short);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("fail required gate inventory@127.0.0.1:1: closed"), "{text}");

    let facts = recorded("postgres");
    let json = ["check", "--facts", &facts, "--report", "json"];
    assert_eq!(run(&json).stdout, run(&[json.as_slice(), &["--quiet"]].concat()).stdout);
    let both = run(&["check", "--facts", &facts, "--quiet", "--verbose"]);
    assert_eq!(code(&both), 2, "{}", said(&both));
}

#[test]
fn what_was_found_is_forgiven_and_nothing_else() {
    let folder = folder();
    let unreachable = manifest(folder.path(), "TableNames");
    let facts = recorded("postgres");
    let failing = ["check", "--facts", &facts, "--assume", "wal_level=replica"];
    let undetermined = ["check", unreachable.to_str().unwrap()];
    let lesser = ["check", "--facts", &facts, "--fail-on", "recommended"];
    for (arguments, found) in [(&failing[..], 10), (&undetermined, 11), (&lesser, 12)] {
        assert_eq!(code(&run(arguments)), found, "{arguments:?}");
        let output = run(&[arguments, &["--exit-zero", "--report", "json"]].concat());
        assert_eq!(code(&output), 0, "{arguments:?}: {}", said(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(report["exit"]["code"], 0);
        assert_eq!(report["targets"][0]["exit"]["code"], found, "what was found stays told");
        let closed = found != 12;
        assert_eq!(report["targets"][0]["gate"]["state"] == "closed", closed);
        assert!(report["exit"]["reason"].as_str().unwrap().ends_with("(--exit-zero)"));
    }
    let usage = run(&["check", "no-such-file.yaml", "--exit-zero"]);
    assert_eq!(code(&usage), 2);
    let internal = run(&["check", "--facts", &facts, "--exit-zero", "--report", "json=/dev/full"]);
    assert_eq!(code(&internal), 1, "{}", said(&internal));
    let configure = run(&["configure", unreachable.to_str().unwrap(), "--exit-zero"]);
    assert_eq!(code(&configure), 2, "what sends forgives nothing: {}", said(&configure));
}

/// The program as a step of a job, with the files that the runner gives it.
struct Step {
    folder: tempfile::TempDir,
}

impl Step {
    fn new() -> Self {
        Self { folder: folder() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_WORKSPACE", self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

#[test]
fn outputs_and_the_summary_are_added_to_what_is_there() {
    let step = Step::new();
    let path = manifest(step.folder.path(), "TableNames");
    let (path, report) = (path.to_str().unwrap(), step.path("report.json"));
    fs::write(step.path("output"), "before=1\n").unwrap();
    fs::write(step.path("summary"), "# Before\n").unwrap();
    let json = format!("json={report}");
    let output = step.run(&["check", path, "--report", "github", "--report", &json]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let expected = format!("before=1\ngate=closed\nexit-code=11\nreport-path={report}\n");
    assert_eq!(step.read("output"), expected);
    let summary = step.read("summary");
    assert!(summary.starts_with("# Before\n## ❌ Gate closed: `inventory@127.0.0.1:1`\n"));
    assert!(summary.contains("`connection/reachable`"), "{summary}");
    let annotated = stdout(&output);
    assert!(annotated.contains("::error file=request.yaml,line="), "{annotated}");

    let open = Step::new();
    let facts = recorded("postgres");
    let output = open.run(&["check", "--facts", &facts, "--report", "github"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(open.read("output"), "gate=open\nexit-code=0\n");

    let silent = Step::new();
    let output = silent.run(&["check", "--facts", &facts, "--report", "short"]);
    assert_eq!(code(&output), 0);
    assert_eq!((silent.read("output"), silent.read("summary")), Default::default());
}

#[test]
fn a_value_of_several_lines_ends_where_nothing_in_it_can() {
    let step = Step::new();
    let facts = recorded("postgres");
    let report = step.path("a\rgate=open\rb.json");
    let json = format!("json={report}");
    let output = step.run(&["check", "--facts", &facts, "--report", "github", "--report", &json]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let outputs = step.read("output");
    let (_, value) = outputs.split_once("report-path<<").expect("the form of several lines");
    let (end, value) = value.split_once('\n').unwrap();
    assert_eq!(value, format!("{report}\n{end}\n"));
    assert_eq!(end.len(), 32, "nobody guesses it");
}

#[test]
fn a_summary_never_grows_beyond_what_is_taken() {
    const MOST: usize = 1024 * 1024;
    let step = Step::new();
    let facts = recorded("postgres");
    let check = ["check", "--facts", &facts, "--report", "github", "--verbose"];
    step.run(&check);
    let whole = step.read("summary").len();
    for room in [whole / 2, 10] {
        fs::write(step.path("summary"), "x".repeat(MOST - room)).unwrap();
        let output = step.run(&check);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let summary = step.read("summary");
        assert!(summary.len() <= MOST, "{}", summary.len());
        let is_told = summary.ends_with("it is larger than what is taken.\n");
        assert_eq!(is_told, room > 100, "{room} bytes of room");
    }
    // It cannot be written to at all: nobody may take that for a summary.
    let mut command = step.command(&check);
    command.env("GITHUB_STEP_SUMMARY", step.folder.path());
    let output = command.output().unwrap();
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("cannot write to"), "{}", said(&output));
}

/// The lines that announce secrets.
fn masks(output: &str) -> Vec<&str> {
    output.lines().filter(|line| line.starts_with("::add-mask::")).collect()
}

#[test]
fn secrets_are_masked_before_anything_else_where_the_runner_reads_it() {
    const OTHER: &str = "other-secret";
    let step = Step::new();
    let path = manifest(step.folder.path(), "TableNames");
    let path = path.to_str().unwrap();
    let arguments = ["check", path, "--report", "github"];
    let mut command = step.command(&arguments);
    // Of several lines, each is one that a log may show.
    command.env("EVENTBRIDGE_API_KEY", format!("{OTHER}-1\n100%\n\n{OTHER}-2"));
    let text = stdout(&command.output().unwrap());
    let expected = [
        "::add-mask::100%25".to_owned(),
        format!("::add-mask::{OTHER}-1"),
        format!("::add-mask::{OTHER}-2"),
        format!("::add-mask::{PASSWORD}"),
    ];
    assert_eq!(masks(&text), expected);
    let first: Vec<&str> = text.lines().take(expected.len()).collect();
    assert_eq!(first, expected, "they come first");

    let no_masks = |mut command: Command, why: &str| {
        let output = command.output().unwrap();
        assert!(!said(&output).contains(PASSWORD), "{why}");
        assert!(masks(&stdout(&output)).is_empty(), "{why}");
    };
    no_masks(step.command(&["check", path]), "no annotations");
    no_masks(program(&arguments), "no runner");
    let report = step.path("annotations.txt");
    let to_file = format!("github={report}");
    no_masks(step.command(&["check", path, "--report", &to_file]), "annotations in a file");
    assert!(!step.read("annotations.txt").contains(PASSWORD));
    let log = step.path("log.txt");
    let mut command = step.command(&arguments);
    command.stdout(File::create(&log).unwrap());
    assert!(command.status().is_ok());
    let kept = fs::read_to_string(Path::new(&log)).unwrap();
    assert!(kept.contains("GATE CLOSED") && !kept.contains(PASSWORD), "a secret in a file");
}

#[test]
fn a_report_for_people_is_fenced_from_the_runner() {
    let step = Step::new();
    let facts = recorded("postgres");
    for format in ["human", "short", "markdown"] {
        let text = stdout(&step.run(&["check", "--facts", &facts, "--report", format]));
        let first = text.lines().next().unwrap_or_default();
        let token = first.strip_prefix("::stop-commands::").expect("a fence");
        assert_eq!(text.lines().last(), Some(format!("::{token}::").as_str()), "{format}");
        assert_eq!(text.matches(token).count(), 2, "{format}");
    }
    for format in ["json", "jsonl"] {
        let text = stdout(&step.run(&["check", "--facts", &facts, "--report", format]));
        assert!(text.starts_with('{') && !text.contains("stop-commands"), "{format}");
    }
}
