//! How many checks came to which outcome.

use cdc_checks::{CheckResult, Missing, Outcome};

/// Every outcome, in the order in which tallies name them.
pub(super) const OUTCOMES: [Outcome; 7] = [
    Outcome::Fail,
    Outcome::Undetermined,
    Outcome::Blocked,
    Outcome::Warn,
    Outcome::Waived,
    Outcome::Pass,
    Outcome::NotApplicable,
];

/// Number of checks with this outcome.
pub(super) fn count(results: &[CheckResult], outcome: Outcome) -> usize {
    results.iter().filter(|result| result.outcome == outcome).count()
}

/// Whether the user had the check left out, so that nobody knows whether it holds.
pub(super) fn is_left_out(result: &CheckResult) -> bool {
    let missing = result.subjects.first().and_then(|subject| subject.finding.missing.as_ref());
    matches!(missing, Some(Missing::LeftOut { .. })) && result.outcome == Outcome::Undetermined
}

fn count_left_out(results: &[CheckResult]) -> usize {
    results.iter().filter(|result| is_left_out(result)).count()
}

/// `3 failed, 1 undetermined, ...` without outcomes that did not occur.
pub(super) fn phrase(results: &[CheckResult]) -> String {
    in_order(results, OUTCOMES)
}

/// As [`phrase`], but with what passed in front: for an open gate.
pub(super) fn good_phrase(results: &[CheckResult]) -> String {
    let mut order = OUTCOMES;
    order.sort_by_key(|&outcome| outcome != Outcome::Pass);
    in_order(results, order)
}

fn in_order(results: &[CheckResult], order: [Outcome; 7]) -> String {
    let left_out = count_left_out(results);
    let parts: Vec<String> = order
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Undetermined => (count(results, outcome) - left_out, outcome),
            other => (count(results, other), other),
        })
        .filter(|&(number, _)| number > 0)
        .map(|(number, outcome)| match outcome {
            Outcome::Warn => plural(number, "warning"),
            other => format!("{number} {}", participle(other)),
        })
        .chain((left_out > 0).then(|| format!("{left_out} not run")))
        .collect();
    parts.join(", ")
}

/// Why the gate is closed, by the number of required checks behind it; empty where none is.
pub(super) fn closing(results: &[CheckResult]) -> String {
    let closers: Vec<CheckResult> =
        results.iter().filter(|result| result.closes_gate()).cloned().collect();
    let failed = count(&closers, Outcome::Fail);
    let left_out = count_left_out(&closers);
    let rest = [
        (count(&closers, Outcome::Undetermined) - left_out, participle(Outcome::Undetermined)),
        (count(&closers, Outcome::Blocked), participle(Outcome::Blocked)),
        (left_out, "not run"),
    ];
    let rest = rest.into_iter().filter(|&(number, _)| number > 0);
    let rest = rest.map(|(number, words)| format!("{number} {words}"));
    let first = (failed > 0).then(|| format!("{} failed", plural(failed, "required check")));
    first.into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

/// `1 check`, `2 checks`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// What became of a check, in words that follow a number.
pub(crate) fn participle(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "failed",
        Outcome::Undetermined => "undetermined",
        Outcome::Blocked => "not reached",
        Outcome::Warn => "with a warning",
        Outcome::Waived => "waived",
        Outcome::Pass => "passed",
        Outcome::NotApplicable => "not applicable",
    }
}
