//! The report for `grep`: one line per finding, in the order of the catalogue.
//!
//! ```text
//! OUTCOME LEVEL ID SUBJECT: MESSAGE (expected X, observed Y)
//! ```
//!
//! The first three fields hold no space. What passed is left out unless all is asked for. After a
//! target's findings comes one line of the same form about its gate, with the id `gate`: a report
//! is never empty, so silence cannot be taken for a pass. Checks of a lesser level that were left
//! out have the word `left-out` for an outcome, and after all targets every waiver that is unused,
//! expired or about to be has a line with the id `waiver`. With several targets the subject is
//! preceded by `DATABASE@HOST:PORT/`, because a line has to say all by itself.

use cdc_checks::{CheckResult, Finding, Language, Missing, Outcome, Text};

use super::{NAME_LIMIT, Options, RunReport, TargetReport, tally, text, words};
use crate::gate::{Expiry, Waived, WaiverReview};

/// Longest message, in characters.
const MESSAGE_LIMIT: usize = 400;

/// Renders the report.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let several = run.targets.len() > 1;
    let mut out = String::new();
    for assumed in &run.what_if {
        push(&mut out, &what_if_line(assumed), options);
    }
    for target in &run.targets {
        let prefix = if several { format!("{}/", target.target.address()) } else { String::new() };
        for line in lines(target, &prefix, options) {
            push(&mut out, &line, options);
        }
    }
    for review in words::to_look_after(run) {
        push(&mut out, &waiver_line(review), options);
    }
    out
}

/// The verdict is not about the server as it is.
fn what_if_line(assumed: &Text) -> String {
    let assumed = text::shorten(assumed, NAME_LIMIT);
    format!("what-if informational assumption run: {assumed} (assumed, not read)")
}

fn push(out: &mut String, line: &str, options: &Options) {
    let line = if options.unicode { line.into() } else { text::ascii(line) };
    out.push_str(&text::guard_line(&line));
    out.push('\n');
}

fn lines(target: &TargetReport, prefix: &str, options: &Options) -> Vec<String> {
    let mut lines = Vec::new();
    let results = if options.quiet { &[] } else { target.report.results.as_slice() };
    for result in results {
        for finding in result.subjects.iter().map(|subject| &subject.finding) {
            let quiet = matches!(finding.outcome, Outcome::Pass | Outcome::NotApplicable);
            if options.verbose || !quiet {
                lines.push(line(result, finding, target, prefix));
            }
        }
    }
    let ran = |id| target.report.results.iter().any(|result| result.check.id == id);
    for left_out in target.rulings.left_out().iter().filter(|it| !ran(it.check.id)) {
        let (check, by) = (&left_out.check, text::shorten(&Text::new(&*left_out.by), NAME_LIMIT));
        let (level, id) = (check.level.as_str(), check.id);
        lines.push(format!("left-out {level} {id} {prefix}server: not run ({by})"));
    }
    lines.push(gate_line(target));
    lines
}

fn line(result: &CheckResult, finding: &Finding, target: &TargetReport, prefix: &str) -> String {
    let (outcome, level) = (finding.outcome.as_str(), result.check.level.as_str());
    let subject = text::shorten(&finding.subject.name(), NAME_LIMIT);
    let message = message(result, finding);
    let values = values(finding);
    let id = result.check.id;
    let accepted = target.rulings.waived(id, finding).map_or_else(String::new, accepted);
    format!("{outcome} {level} {id} {prefix}{subject}: {accepted}{message}{values}")
}

/// Who accepts a waived finding, and what it would be otherwise.
fn accepted(waived: &Waived) -> String {
    let Waived { outcome, waiver } = waived;
    let (reason, owner) =
        (text::shorten(&waiver.reason, MESSAGE_LIMIT), text::shorten(&waiver.owner, NAME_LIMIT));
    let outcome = outcome.as_str();
    format!("{outcome} accepted by {owner} until {}: {reason}; ", waiver.expires)
}

fn waiver_line(review: &WaiverReview) -> String {
    let waiver = &review.waiver;
    let shown = |words: &str| text::shorten(&Text::new(words), NAME_LIMIT);
    let (check, subject) = (shown(waiver.check.as_str()), shown(waiver.subject.as_str()));
    let (owner, place) =
        (text::shorten(&waiver.owner, NAME_LIMIT), text::shorten(&waiver.place, NAME_LIMIT));
    let why = match (review.expiry, review.unused) {
        (Expiry::Past, _) => format!("it ended on {} and no longer applies", waiver.expires),
        (_, Some(unused)) => unused.as_str().to_owned(),
        _ => format!("it ends on {}", waiver.expires),
    };
    let state = review.state();
    format!("warn informational waiver {check} {subject}: {state}: {why} (owner {owner}, {place})")
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
