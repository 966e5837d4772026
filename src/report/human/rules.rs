//! What the user left out, what was known before, and which levels were changed.

use std::borrow::Cow;

use cdc_checks::{CheckResult, Level, Outcome, Text};

use super::super::group;
use super::super::page::{Page, Tone};
use super::super::{NAME_LIMIT, TargetReport, tally, text};
use super::heading;
use crate::gate::LeftOut;

/// Names of checks that are listed; more are counted.
const NAMES_SHOWN: usize = 10;

/// The results without the findings that the baseline excuses, unless all are wanted.
pub(super) fn to_show(target: &TargetReport, verbose: bool) -> Cow<'_, [CheckResult]> {
    let (results, rulings) = (&target.report.results, &target.rulings);
    if verbose || rulings.gone().is_none() {
        return Cow::Borrowed(results);
    }
    let mut results = results.clone();
    results.retain_mut(|result| {
        let check = result.check;
        let before = result.subjects.len();
        result.subjects.retain(|it| !rulings.excuses(&check, &it.finding));
        let outcomes = result.subjects.iter().map(|subject| subject.finding.outcome);
        match outcomes.max() {
            Some(outcome) => result.outcome = outcome,
            None => return before == 0,
        }
        true
    });
    Cow::Owned(results)
}

/// The checks that were not run.
pub(super) fn left_out(page: &mut Page, target: &TargetReport, verbose: bool) {
    let left_out = target.rulings.left_out();
    if left_out.is_empty() {
        return;
    }
    heading(page, page.say("Not run"));
    let closing = |it: &&LeftOut| {
        let id = it.check.id;
        let results = &target.report.results;
        results.iter().any(|result| result.check.id == id && tally::is_left_out(result))
    };
    let (closing, other): (Vec<&LeftOut>, Vec<&LeftOut>) = left_out.iter().partition(closing);
    for (checks, means) in
        [(closing, "required: the gate stays closed"), (other, "others: the gate stays as it is")]
    {
        for (by, checks) in by_words(&checks) {
            let by = text::shorten(&Text::new(by), NAME_LIMIT);
            let number = tally::checks(checks.len(), page.language());
            let told = [number.as_str(), page.say(means)].join(page.say(", "));
            page.prose(2, Tone::Strong, &format!("{told} ({by})"));
            page.prose(4, Tone::Faint, &names(page, &checks, verbose));
        }
    }
}

fn by_words<'a>(checks: &[&'a LeftOut]) -> Vec<(&'a str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&'static str>)> = Vec::new();
    for left_out in checks {
        match groups.iter_mut().find(|(by, _)| *by == left_out.by) {
            Some((_, ids)) => ids.push(left_out.check.id),
            None => groups.push((&left_out.by, vec![left_out.check.id])),
        }
    }
    groups
}

fn names(page: &Page, ids: &[&str], verbose: bool) -> String {
    let shown = if verbose { ids.len() } else { NAMES_SHOWN };
    let names = ids.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(shown) {
        0 => names,
        hidden => format!("{names} {}", group::more(hidden, page.language())),
    }
}

/// How many findings were there before, and how many are gone.
pub(super) fn baseline(page: &mut Page, target: &TargetReport, verbose: bool) {
    let Some(gone) = target.rulings.gone() else { return };
    heading(page, page.say("Baseline"));
    let known: Vec<&str> = target
        .report
        .results
        .iter()
        .flat_map(|result| result.subjects.iter().map(move |subject| (result, subject)))
        .filter(|(result, subject)| target.rulings.excuses(&result.check, &subject.finding))
        .map(|(result, _)| result.check.id)
        .collect();
    let hint = if verbose || known.is_empty() { "" } else { " (--verbose shows them)" };
    let told = match known.len() {
        1 => page.say("1 finding known from before, and accepted").to_owned(),
        many => page.say_of("{} findings known from before, and accepted", many),
    };
    page.prose(2, Tone::Plain, &format!("{told}{}", page.say(hint)));
    let mut ids = known;
    ids.dedup();
    if !ids.is_empty() {
        page.prose(4, Tone::Faint, &names(page, &ids, verbose));
    }
    if !gone.is_empty() {
        let told = match gone.len() {
            1 => page.say("1 finding of the baseline no longer there: write a new one").to_owned(),
            many => {
                page.say_of("{} findings of the baseline no longer there: write a new one", many)
            }
        };
        page.prose(2, Tone::Plain, &told);
        let mut ids: Vec<String> =
            gone.iter().map(|it| text::shorten(&Text::new(&*it.check), NAME_LIMIT)).collect();
        ids.dedup();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        page.prose(4, Tone::Faint, &names(page, &ids, verbose));
    }
}

/// The checks to which the user gave another level.
pub(super) fn levels(page: &mut Page, target: &TargetReport) {
    let results = &target.report.results;
    let changed: Vec<(&CheckResult, Level)> = results
        .iter()
        .filter(|result| result.outcome != Outcome::NotApplicable)
        .filter_map(|it| Some((it, target.rulings.declared_level(it.check.id)?)))
        .collect();
    if changed.is_empty() {
        return;
    }
    heading(page, page.say("Levels changed"));
    for (result, declared) in changed {
        let [level, declared] =
            [result.check.level, declared].map(|level| page.say(level.as_str()));
        let told = page.say_of("{} instead of {}", level).replacen("{}", declared, 1);
        page.prose(2, Tone::Plain, &format!("{}: {told}", result.check.id));
    }
}
