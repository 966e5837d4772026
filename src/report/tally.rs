//! How many checks came to which outcome.

use std::collections::BTreeMap;

use cdc_checks::{CheckResult, Language, Missing, Outcome};

use super::translate::{say, say_of};

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

/// Number of checks with each outcome, by its word.
pub(super) fn by_outcome<'a>(
    results: impl IntoIterator<Item = &'a CheckResult>,
) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<_, _> = OUTCOMES.map(|outcome| (outcome.as_str(), 0)).into();
    for result in results {
        *counts.entry(result.outcome.as_str()).or_default() += 1;
    }
    counts
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
pub(super) fn phrase(results: &[CheckResult], language: Language) -> String {
    in_order(results, OUTCOMES, language)
}

/// As [`phrase`], but with what passed in front: for an open gate.
pub(super) fn good_phrase(results: &[CheckResult], language: Language) -> String {
    let mut order = OUTCOMES;
    order.sort_by_key(|&outcome| outcome != Outcome::Pass);
    in_order(results, order, language)
}

fn in_order(results: &[CheckResult], order: [Outcome; 7], language: Language) -> String {
    let left_out = count_left_out(results);
    let counts = order.into_iter().map(|outcome| match outcome {
        Outcome::Undetermined => (count(results, outcome) - left_out, outcome),
        other => (count(results, other), other),
    });
    let told = counts.filter(|&(number, _)| number > 0);
    let told = told.map(|(number, outcome)| counted(number, outcome, language));
    told.chain(not_run(left_out, language)).collect::<Vec<_>>().join(say(language, ", "))
}

/// Why the gate is closed, by the number of required checks behind it; empty where none is.
pub(super) fn closing(results: &[CheckResult], language: Language) -> String {
    let closers: Vec<CheckResult> =
        results.iter().filter(|result| result.closes_gate()).cloned().collect();
    let failed = match count(&closers, Outcome::Fail) {
        0 => None,
        1 => Some(say(language, "1 required check failed").to_owned()),
        many => Some(say_of(language, "{} required checks failed", many)),
    };
    let left_out = count_left_out(&closers);
    let rest = [
        (count(&closers, Outcome::Undetermined) - left_out, Outcome::Undetermined),
        (count(&closers, Outcome::Blocked), Outcome::Blocked),
    ];
    let rest = rest.into_iter().filter(|&(number, _)| number > 0);
    let rest = rest.map(|(number, outcome)| counted(number, outcome, language));
    let whole = failed.into_iter().chain(rest).chain(not_run(left_out, language));
    whole.collect::<Vec<_>>().join(say(language, ", "))
}

fn not_run(number: usize, language: Language) -> Option<String> {
    (number > 0).then(|| say_of(language, "{} not run", number))
}

/// `3 failed`, and the like.
pub(crate) fn counted(number: usize, outcome: Outcome, language: Language) -> String {
    let words = match outcome {
        Outcome::Fail => "{} failed",
        Outcome::Undetermined => "{} undetermined",
        Outcome::Blocked => "{} not reached",
        Outcome::Warn if number == 1 => "{} warning",
        Outcome::Warn => "{} warnings",
        Outcome::Waived => "{} waived",
        Outcome::Pass => "{} passed",
        Outcome::NotApplicable => "{} not applicable",
    };
    say_of(language, words, number)
}

/// The number of checks.
pub(super) fn checks(number: usize, language: Language) -> String {
    match number {
        1 => say(language, "1 check").to_owned(),
        many => say_of(language, "{} checks", many),
    }
}

/// `1 check`, `2 checks`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
