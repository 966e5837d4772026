//! The report as commands to GitHub's runner, which shows them at the lines of the request.
//!
//! The runner shows ten annotations of a kind for a step and drops the rest without a word. So the
//! heaviest come first, no more than that are written, and a line says how many are left out.

use cdc_checks::{CheckResult, JudgedSubject, Language};

use super::words::{self, Severity};
use super::{RunReport, TargetReport, tally, text};

/// Annotations of a kind that the runner shows.
const SHOWN: usize = 10;

/// Renders the report.
pub(super) fn render(run: &RunReport) -> String {
    let mut out = String::new();
    let mut left_out = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
        // An expired waiver may be why something is an error again.
        let mut annotations = waivers(run, severity);
        annotations.extend(found(run, severity).iter().map(|one| annotation(severity, one)));
        // The last of the notices says what is left out.
        let room = if severity == Severity::Notice { SHOWN - 1 } else { SHOWN };
        left_out += annotations.len().saturating_sub(room);
        out.extend(annotations.into_iter().take(room));
    }
    if left_out > 0 {
        let more = tally::plural(left_out, "more finding");
        let words = format!("{more} than the runner shows: see the summary of the job");
        out.push_str(&format!("::notice title=cdc-preflight::{}\n", data(&words)));
    }
    for target in &run.targets {
        out.push_str(&text::guard_line(&verdict(target)));
        out.push('\n');
    }
    out
}

/// The waivers that somebody has to do something about.
fn waivers(run: &RunReport, severity: Severity) -> Vec<String> {
    let some = words::to_look_after(run).filter(|it| words::waiver_severity(it) == severity);
    let title = ("title", "cdc-preflight waivers".to_owned());
    some.map(|review| command(severity, std::slice::from_ref(&title), &words::waiver(review)))
        .collect()
}

/// A finding with what it belongs to.
struct Found<'a> {
    target: &'a TargetReport,
    result: &'a CheckResult,
    subject: &'a JudgedSubject,
}

fn found(run: &RunReport, severity: Severity) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for target in &run.targets {
        for result in &target.report.results {
            let subjects = result.subjects.iter();
            let subjects = subjects
                .filter(|subject| words::severity(result, &subject.finding) == Some(severity));
            found.extend(subjects.map(|subject| Found { target, result, subject }));
        }
    }
    found
}

/// `::error file=...,line=...,title=...::message`.
fn annotation(severity: Severity, found: &Found<'_>) -> String {
    let Found { target, result, subject } = found;
    let mut properties = place(target, subject);
    properties.push(("title", format!("{} ({})", result.check.id, target.target.address())));
    let mut lines = vec![words::sentences(result, &subject.finding)];
    lines.extend(words::steps(subject));
    command(severity, &properties, &lines.join("\n"))
}

fn command(severity: Severity, properties: &[(&str, String)], words: &str) -> String {
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    };
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{command} {}::{}\n", properties.join(","), data(words))
}

/// Columns are taken only of a region within one line.
fn place(target: &TargetReport, subject: &JudgedSubject) -> Vec<(&'static str, String)> {
    let Some(origin) = &target.origin else { return Vec::new() };
    let mut place = vec![("file", text::escape_terminal(&origin.file().into()))];
    if let Some(region) = origin.region(&subject.finding.subject) {
        place.push(("line", region.start_line.to_string()));
        place.push(("endLine", region.end_line.to_string()));
        if region.start_line == region.end_line {
            place.push(("col", region.start_column.to_string()));
            place.push(("endColumn", region.end_column.to_string()));
        }
    }
    place
}

fn verdict(target: &TargetReport) -> String {
    let (operation, address) = (target.target.operation.as_str(), target.target.address());
    let tally = tally::phrase(&target.report.results, Language::English);
    let state = if target.gate.open { "GATE OPEN" } else { "GATE CLOSED" };
    format!("{state}  {operation} {address}: {tally}")
}

/// What stands behind the `::` of a command of GitHub's runner, which ends with the line.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before it, which ends with a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
