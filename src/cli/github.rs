//! What GitHub's runner takes beside annotations: masks, a summary of the job, outputs of the step.
//!
//! Nothing here is done unless `--report github` asks for it, but for the fence around reports for
//! people, which holds whatever the runner could take for a command.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::Stopped;
use super::tell::{Terminal, env};
use crate::Exit;
use crate::report::{self, Destination, Format, Options, ReportSink, RunReport};
use crate::request::Request;

/// Bytes that the runner takes as the summary of one step; of a larger one it shows nothing.
const MOST_SUMMARY: usize = 1024 * 1024;

/// Variables that may hold a secret, beside what a request refers to.
const SECRETS: [&str; 5] = [
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "EVENTBRIDGE_API_KEY",
    "MYSQL_PWD",
    "PGPASSWORD",
];

/// Whether the runner reads what is printed.
fn is_runner() -> bool {
    env("GITHUB_ACTIONS").as_deref() == Some("true")
}

/// Whether annotations go to where the runner reads them. It does not read a file: a mask written
/// there would be a secret in a file.
pub(super) fn takes_masks(sinks: &[ReportSink]) -> bool {
    let to_stdout = |sink: &ReportSink| {
        sink.format == Format::Github && sink.destination == Destination::Stdout
    };
    is_runner() && sinks.iter().any(to_stdout) && !is_stdout_a_file()
}

#[cfg(unix)]
fn is_stdout_a_file() -> bool {
    use std::os::fd::AsFd;
    let copy = io::stdout().as_fd().try_clone_to_owned().map(fs::File::from);
    copy.and_then(|file| file.metadata()).is_ok_and(|it| it.is_file())
}

/// Nobody can tell: a mask that is missing is less than a secret in a file.
#[cfg(not(unix))]
fn is_stdout_a_file() -> bool {
    true
}

/// The commands that have the runner hide every secret that this run was given. It prints no
/// secret; what runs after it in the same job might.
pub(super) fn masks(requests: &[Request]) -> String {
    let given = requests.iter().flat_map(Request::secrets).map(str::to_owned);
    let mut lines: Vec<String> = given
        .chain(SECRETS.into_iter().filter_map(env))
        .flat_map(|secret| secret.lines().map(report::github_data).collect::<Vec<_>>())
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines.sort();
    lines.dedup();
    lines.iter().map(|line| format!("::add-mask::{line}\n")).collect()
}

/// A report for people, between words that have the runner take nothing in it for a command.
pub(super) fn fenced(format: Format, report: String) -> String {
    if !is_runner() || !matches!(format, Format::Human | Format::Short | Format::Markdown) {
        return report;
    }
    let token = uuid::Uuid::new_v4().simple().to_string();
    format!("::stop-commands::{token}\n{report}::{token}::\n")
}

/// Writes the summary of the job and the outputs of the step, where the runner says to where.
pub(super) fn conclude(
    sinks: &[ReportSink],
    run: &RunReport,
    options: &Options,
    terminal: &Terminal,
) -> Result<(), Stopped> {
    if !sinks.iter().any(|sink| sink.format == Format::Github) {
        return Ok(());
    }
    let file = |name| env(name).filter(|path| !path.is_empty());
    let written = match file("GITHUB_STEP_SUMMARY") {
        Some(path) => summarize(Path::new(&path), run, options).map_err(|error| (path, error)),
        None => Ok(()),
    };
    let written = written.and_then(|()| match file("GITHUB_OUTPUT") {
        Some(path) => append(Path::new(&path), &outputs(sinks, run)).map_err(|error| (path, error)),
        None => Ok(()),
    });
    written.map_err(|(path, error)| {
        terminal.error(&format!("cannot write to {path:?}: {error}"));
        Exit::Internal
    })
}

/// What is in the file already counts: the limit is that of the step.
fn summarize(path: &Path, run: &RunReport, options: &Options) -> io::Result<()> {
    let before = fs::metadata(path).map_or(0, |file| file.len());
    let room = MOST_SUMMARY.saturating_sub(usize::try_from(before).unwrap_or(usize::MAX));
    let whole = report::render(Format::Markdown, run, options);
    append(path, &report::cut_markdown(whole, room))
}

/// `gate`, `exit-code`, and `report-path` where a report went to a file: the first of them.
fn outputs(sinks: &[ReportSink], run: &RunReport) -> String {
    let is_open = run.targets.iter().all(|target| target.gate.open);
    let gate = report::GateState::of(is_open).as_str();
    let mut outputs = output("gate", gate) + &output("exit-code", &run.exit.code.to_string());
    let file = sinks.iter().find_map(|sink| match &sink.destination {
        Destination::File(path) => Some(path.to_string_lossy()),
        Destination::Stdout => None,
    });
    if let Some(path) = file {
        outputs.push_str(&output("report-path", &path));
    }
    outputs
}

fn output(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    let end = uuid::Uuid::new_v4().simple();
    format!("{name}<<{end}\n{value}\n{end}\n")
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}
