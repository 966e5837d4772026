//! How many checks came to which outcome.

use cdc_checks::{CheckResult, Language, Outcome};

use super::words::{say, say_of};

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
    let counts = order.into_iter().map(|outcome| (count(results, outcome), outcome));
    let told = counts.filter(|&(number, _)| number > 0);
    let parts: Vec<String> =
        told.map(|(number, outcome)| counted(number, outcome, language)).collect();
    parts.join(say(language, ", "))
}

/// Why the gate is closed, by the number of required checks behind it; empty where none is.
pub(super) fn closing(results: &[CheckResult], language: Language) -> String {
    let closers = results.iter().filter(|result| result.closes_gate());
    let number = |outcome| closers.clone().filter(|result| result.outcome == outcome).count();
    let failed = match number(Outcome::Fail) {
        0 => None,
        1 => Some(say(language, "1 required check failed").to_owned()),
        many => Some(say_of(language, "{} required checks failed", many)),
    };
    let rest = [Outcome::Undetermined, Outcome::Blocked]
        .into_iter()
        .map(|outcome| (number(outcome), outcome))
        .filter(|&(number, _)| number > 0)
        .map(|(number, outcome)| counted(number, outcome, language));
    failed.into_iter().chain(rest).collect::<Vec<_>>().join(say(language, ", "))
}

fn counted(number: usize, outcome: Outcome, language: Language) -> String {
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

/// `1 check`, `2 checks`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
