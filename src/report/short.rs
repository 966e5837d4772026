//! The report for `grep`: one line per finding, in the order of the catalogue.
//!
//! ```text
//! OUTCOME LEVEL ID SUBJECT: MESSAGE (expected X, observed Y)
//! ```
//!
//! The first three fields hold no space. What passed is left out unless all is asked for. After a
//! target's findings comes one line of the same form about its gate, with the id `gate`: a report
//! is never empty, so silence cannot be taken for a pass. With several targets the subject is
//! preceded by `DATABASE@HOST:PORT/`, because a line has to say all by itself.

use cdc_checks::{CheckResult, Finding, Language, Missing, Outcome, Text};

use super::{NAME_LIMIT, Options, RunReport, TargetReport, tally, text};

/// Longest message, in characters.
const MESSAGE_LIMIT: usize = 400;

/// Renders the report.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let several = run.targets.len() > 1;
    let mut out = String::new();
    for target in &run.targets {
        let prefix = if several { format!("{}/", target.target.address()) } else { String::new() };
        for line in lines(target, &prefix, options) {
            let line = if options.unicode { line.into() } else { text::ascii(&line) };
            out.push_str(&text::guard_line(&line));
            out.push('\n');
        }
    }
    out
}

fn lines(target: &TargetReport, prefix: &str, options: &Options) -> Vec<String> {
    let mut lines = Vec::new();
    for result in &target.report.results {
        for finding in result.subjects.iter().map(|subject| &subject.finding) {
            let quiet = matches!(finding.outcome, Outcome::Pass | Outcome::NotApplicable);
            if options.verbose || !quiet {
                lines.push(line(result, finding, prefix));
            }
        }
    }
    lines.push(gate_line(target));
    lines
}

fn line(result: &CheckResult, finding: &Finding, prefix: &str) -> String {
    let (outcome, level) = (finding.outcome.as_str(), result.check.level.as_str());
    let subject = text::shorten(&finding.subject.name(), NAME_LIMIT);
    let message = message(result, finding);
    let values = values(finding);
    format!("{outcome} {level} {} {prefix}{subject}: {message}{values}", result.check.id)
}

/// The finding's own words; without any, the title, which says what should hold.
fn message(result: &CheckResult, finding: &Finding) -> String {
    let reason = finding.missing.as_ref().map(Missing::sentence);
    let words: Vec<String> = [finding.message.as_ref(), reason.as_ref()]
        .into_iter()
        .flatten()
        .map(|words| text::shorten(words, MESSAGE_LIMIT))
        .collect();
    if words.is_empty() { result.check.title.to_owned() } else { words.join("; ") }
}

fn values(finding: &Finding) -> String {
    let value = |name: &str, value: &Option<Text>| {
        value.as_ref().map(|value| format!("{name} {}", text::shorten(value, NAME_LIMIT)))
    };
    let values: Vec<String> =
        [value("expected", &finding.expected), value("observed", &finding.observed)]
            .into_iter()
            .flatten()
            .collect();
    if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
}

fn gate_line(target: &TargetReport) -> String {
    let address = target.target.address();
    if target.gate.open {
        return format!("pass required gate {address}: open");
    }
    let mut why = tally::closing(&target.report.results, Language::English);
    if why.is_empty() {
        let reasons = target.gate.reasons.iter().map(|it| text::shorten(it, MESSAGE_LIMIT));
        why = reasons.collect::<Vec<_>>().join("; ");
    }
    format!("fail required gate {address}: closed ({why})")
}
