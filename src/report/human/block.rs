//! One check as a paragraph.

use cdc_checks::{CheckResult, Finding, Level, Missing, Outcome, Text};

use super::super::group::{self, Group, more};
use super::super::page::{Page, Tone};
use super::super::translate::why;
use super::super::{NAME_LIMIT, batch, text, words};
use super::fix;

/// Width of the labels beside which values stand.
pub(super) const COLUMN: usize = 10;

/// Subjects of one check that are shown.
pub(super) const SUBJECTS_SHOWN: usize = 10;

/// Everything that is known of a check that did not pass.
pub(super) fn full(page: &mut Page, result: &CheckResult, verbose: bool) {
    head(page, result);
    let groups = group::notable(result);
    let mut room = SUBJECTS_SHOWN;
    let language = page.language();
    let mut reason = why(result.check.doc_in(language), result.check.spoken(language));
    let together = batch::common(&groups);
    for group in &groups {
        if room == 0 {
            break;
        }
        findings(page, result, group, room);
        unknown(page, group.finding());
        because(page, group.finding(), reason.take());
        if !together {
            fix::show(page, std::slice::from_ref(group), verbose);
        }
        room = room.saturating_sub(group.subjects.len());
    }
    remainder(page, result, &groups);
    if together {
        fix::show(page, &groups, verbose);
    }
    let command = format!("cdc-preflight checks explain {}", result.check.id);
    page.labelled(COLUMN, (Tone::Faint, page.say("more")), (Tone::Faint, &command));
}

/// A check in a line or two: its title, and what was found or said of it.
pub(super) fn brief(page: &mut Page, result: &CheckResult) {
    head(page, result);
    let [only] = result.subjects.as_slice() else { return };
    let found = only.finding.observed.as_ref().map(|value| text::shorten(value, NAME_LIMIT));
    labelled_if(page, "found", found.as_deref());
    if let Some(message) = &only.finding.message {
        page.prose(4, Tone::Plain, &text::shorten(message, 4 * NAME_LIMIT));
    }
}

/// `✗ FAIL  title  [area/id]`.
fn head(page: &mut Page, result: &CheckResult) {
    head_as(page, result, result.outcome);
}

/// As [`head`], whatever else the check found: of something that it found and that is waived.
pub(super) fn waived_head(page: &mut Page, result: &CheckResult) {
    head_as(page, result, Outcome::Waived);
}

fn head_as(page: &mut Page, result: &CheckResult, outcome: Outcome) {
    let (tone, sign, word) = match outcome {
        Outcome::Fail => (Tone::Bad, page.sign("✗", "x"), "FAIL"),
        Outcome::Undetermined => (Tone::Doubt, "?", "UNDETERMINED"),
        Outcome::Warn => (Tone::Doubt, "!", "WARN"),
        Outcome::Blocked => (Tone::Doubt, "-", "NOT REACHED"),
        Outcome::Waived => (Tone::Doubt, "~", "waived"),
        Outcome::Pass => (Tone::Good, page.sign("✓", "+"), "pass"),
        Outcome::NotApplicable => (Tone::Faint, "-", "n/a"),
    };
    let mark = format!("{sign} {}", page.say(word));
    let title = format!("{} [{}]", result.check.title_in(page.language()), result.check.id);
    let tone_of_title = if outcome <= Outcome::Pass { Tone::Plain } else { Tone::Strong };
    page.hanging(2, &[(tone, &mark), (Tone::Plain, "  ")], 2, tone_of_title, &title);
}

/// What was found on the subjects of a group.
fn findings(page: &mut Page, result: &CheckResult, group: &Group<'_>, room: usize) {
    let finding = group.finding();
    if let Some((label, names)) = group.names(room, page.language()) {
        page.labelled(COLUMN, (Tone::Faint, page.say(label)), (Tone::Strong, &names));
    }
    if finding.outcome != result.outcome {
        labelled_if(page, "outcome", Some(page.say(finding.outcome.as_str())));
    }
    let value = |value: &Text| text::shorten(value, NAME_LIMIT);
    labelled_if(page, "found", finding.observed.as_ref().map(value).as_deref());
    labelled_if(page, "needed", finding.expected.as_ref().map(value).as_deref());
    let optional = result.check.level != Level::Required && finding.outcome > Outcome::Warn;
    let level = page.say(result.check.level.as_str());
    let level = page.say_of("{}: does not close the gate", level);
    labelled_if(page, "level", optional.then_some(level.as_str()));
}

/// The finding's own words, and what breaks in general.
fn because(page: &mut Page, finding: &Finding, why: Option<String>) {
    let message =
        finding.message.as_ref().map(|it| words::sentence(text::shorten(it, 4 * NAME_LIMIT)));
    let whole: Vec<String> = message.into_iter().chain(why).collect();
    labelled_if(page, "why", (!whole.is_empty()).then(|| whole.join(" ")).as_deref());
}

/// Why nothing was found out, and what would reveal it.
fn unknown(page: &mut Page, finding: &Finding) {
    let shown = |words: &Text| text::shorten(words, 4 * NAME_LIMIT);
    match &finding.missing {
        None => {}
        Some(Missing::Denied { what, needs }) => {
            labelled_if(page, "hidden", Some(&shown(what)));
            labelled_if(page, "needs", Some(&page.say_of("{}, to reveal it", shown(needs))));
        }
        Some(missing) => labelled_if(page, "unknown", Some(&shown(&missing.sentence()))),
    }
}

pub(super) fn labelled_if(page: &mut Page, label: &'static str, words: Option<&str>) {
    if let Some(words) = words {
        page.labelled(COLUMN, (Tone::Faint, page.say(label)), (Tone::Plain, words));
    }
}

/// How many subjects are not told of, and how many passed.
fn remainder(page: &mut Page, result: &CheckResult, groups: &[Group<'_>]) {
    let mut room = SUBJECTS_SHOWN;
    let mut hidden = 0;
    for group in groups {
        hidden += if room == 0 { group.subjects.len() } else { 0 };
        room = room.saturating_sub(group.subjects.len());
    }
    if hidden > 0 {
        page.prose(4, Tone::Strong, &more(hidden, page.language()));
    }
    let passed = result.subjects.iter().filter(|it| it.finding.outcome == Outcome::Pass).count();
    let share = page.say_of("{} of {}", passed);
    let share = share.replacen("{}", &result.subjects.len().to_string(), 1);
    labelled_if(page, "passed", (passed > 0).then_some(share.as_str()));
}

/// The checks that `root` kept from being made.
pub(super) fn not_reached(page: &mut Page, root: &str, checks: &[&CheckResult], named: bool) {
    let root = text::escape_terminal(&root.into());
    let told = match checks.len() {
        1 => page.say("1 check not reached because of {}").to_owned(),
        many => page.say_of("{} checks not reached because of {}", many),
    };
    let told = told.replacen("{}", &root, 1);
    let names: Vec<&str> = checks.iter().map(|result| result.check.id).collect();
    let names = if named { format!(": {}", names.join(", ")) } else { String::new() };
    page.prose(4, Tone::Strong, &format!("{told}{names}"));
}
