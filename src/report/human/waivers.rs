//! Waivers: what they accept, and which of them want looking after.

use std::sync::Arc;

use cdc_checks::{CheckResult, Finding, Language, Text};

use super::super::group;
use super::super::page::{Page, Tone};
use super::super::translate::{say, say_all, say_of};
use super::super::{NAME_LIMIT, Options, RunReport, TargetReport, text, words};
use super::block::{self, COLUMN, labelled_if};
use super::heading;
use crate::gate::{Expiry, Waived, WaiverReview};

/// What is waived: the check, the subjects, and who accepts it until when.
pub(super) fn waived(page: &mut Page, target: &TargetReport) {
    let mut begun = false;
    for result in &target.report.results {
        let groups = by_waiver(result, target);
        if groups.is_empty() {
            continue;
        }
        if begun {
            page.blank()
        } else {
            heading(page, page.say("Waived"))
        }
        begun = true;
        block::waived_head(page, result);
        for (waived, findings) in groups {
            accepted(page, waived, &findings);
        }
    }
}

type Group<'a> = (&'a Waived, Vec<&'a Finding>);

fn by_waiver<'a>(result: &'a CheckResult, target: &'a TargetReport) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in result.subjects.iter().map(|subject| &subject.finding) {
        let Some(waived) = target.rulings.waived(result.check.id, finding) else { continue };
        let same = |other: &Waived| {
            Arc::ptr_eq(&other.waiver, &waived.waiver) && other.outcome == waived.outcome
        };
        match groups.iter_mut().find(|(other, _)| same(other)) {
            Some((_, findings)) => findings.push(finding),
            None => groups.push((waived, vec![finding])),
        }
    }
    groups
}

fn accepted(page: &mut Page, waived: &Waived, findings: &[&Finding]) {
    let first = findings.first().and_then(|finding| group::kind(&finding.subject));
    if let Some((one, many)) = first {
        let label = if findings.len() == 1 { one } else { many };
        let names = names(page, findings);
        page.labelled(COLUMN, (Tone::Faint, page.say(label)), (Tone::Strong, &names));
    }
    let found = match findings {
        [one] => one.observed.as_ref().map(|value| text::shorten(value, NAME_LIMIT)),
        _ => None,
    };
    labelled_if(page, "found", found.as_deref());
    labelled_if(page, "otherwise", Some(page.say(waived.outcome.as_str())));
    let waiver = &waived.waiver;
    labelled_if(page, "reason", Some(&text::shorten(&waiver.reason, 4 * NAME_LIMIT)));
    let owner = text::shorten(&waiver.owner, NAME_LIMIT);
    let until = [owner, waiver.expires.to_string()];
    let accepted = say_all(page.language(), "by {} until {}", until);
    labelled_if(page, "accepted", Some(&accepted));
}

fn names(page: &Page, findings: &[&Finding]) -> String {
    let shown = findings.iter().take(block::SUBJECTS_SHOWN);
    let names: Vec<String> =
        shown.map(|finding| text::shorten(&finding.subject.name(), NAME_LIMIT)).collect();
    match findings.len().saturating_sub(block::SUBJECTS_SHOWN) {
        0 => names.join(", "),
        hidden => format!("{} {}", names.join(", "), group::more(hidden, page.language())),
    }
}

/// The waivers that somebody has to do something about.
pub(super) fn to_look_after(page: &mut Page, run: &RunReport) {
    let reviews: Vec<&WaiverReview> = words::to_look_after(run).collect();
    if reviews.is_empty() {
        return;
    }
    if run.targets.len() == 1 {
        // After each of several targets there is a blank line already.
        page.blank();
    }
    page.line(0, &[(Tone::Strong, page.say("Waivers to look after"))]);
    for review in reviews {
        page.blank();
        one(page, review);
    }
    page.blank();
}

/// Every waiver, whether it wants looking after or not.
pub(in crate::report) fn audit(reviews: &[WaiverReview], options: &Options) -> String {
    let mut page = Page::new(options);
    if reviews.is_empty() {
        let none = page.say("no waivers");
        page.prose(0, Tone::Plain, none);
    }
    for (number, review) in reviews.iter().enumerate() {
        if number > 0 {
            page.blank();
        }
        one(&mut page, review);
    }
    page.finish()
}

fn one(page: &mut Page, review: &WaiverReview) {
    let (tone, sign, word) = match review.state() {
        "expired" => (Tone::Bad, page.sign("✗", "x"), "EXPIRED"),
        "unused" => (Tone::Doubt, "!", "UNUSED"),
        "expiring" => (Tone::Doubt, "!", "EXPIRES SOON"),
        _ => (Tone::Good, page.sign("✓", "+"), "active"),
    };
    let mark = format!("{sign} {}", page.say(word));
    let language = page.language();
    let words = format!("{}: {}", about(review, language), meaning(review, language));
    page.hanging(2, &[(tone, &mark), (Tone::Plain, "  ")], 2, Tone::Plain, &words);
    let waiver = &review.waiver;
    let owner = text::shorten(&waiver.owner, NAME_LIMIT);
    let place = text::shorten(&waiver.place, NAME_LIMIT);
    labelled_if(page, "owner", Some(&format!("{owner} ({place})")));
    labelled_if(page, "reason", Some(&text::shorten(&waiver.reason, 4 * NAME_LIMIT)));
}

/// What the state means, in a clause.
pub(in crate::report) fn meaning(review: &WaiverReview, language: Language) -> String {
    let expires = review.waiver.expires;
    let end = match review.expiry {
        Expiry::Past => "ended on {} and no longer applies",
        Expiry::Soon { days_left: 0 } => "ends on {}, today",
        Expiry::Soon { days_left: 1 } => "ends on {}, 1 day left",
        Expiry::Soon { .. } => "ends on {}, {} days left",
        Expiry::Far => "ends on {}",
    };
    let mut end = say_of(language, end, expires);
    if let Expiry::Soon { days_left } = review.expiry {
        end = end.replacen("{}", &days_left.unsigned_abs().to_string(), 1);
    }
    let more = match (review.expiry, review.unused, review.covers) {
        (Expiry::Past, _, 1) => Some(say(language, "it would cover 1 finding").to_owned()),
        (Expiry::Past, _, 2..) => {
            Some(say_of(language, "it would cover {} findings", review.covers))
        }
        (_, Some(unused), _) => Some(say(language, unused.as_str()).to_owned()),
        _ => None,
    };
    [Some(end), more].into_iter().flatten().collect::<Vec<_>>().join(say(language, "; "))
}

/// `postgres/row-security for public.orders of inventory@db:5432`.
pub(in crate::report) fn about(review: &WaiverReview, language: Language) -> String {
    let shown = |pattern: &str| text::shorten(&Text::new(pattern), NAME_LIMIT);
    let waiver = &review.waiver;
    let part = |words: &'static str, pattern: &str| match pattern {
        "*" => String::new(),
        pattern => say_of(language, words, shown(pattern)),
    };
    let check = shown(waiver.check.as_str());
    let subject = part(" for {}", waiver.subject.as_str());
    format!("{check}{subject}{}", part(" of {}", waiver.target.as_str()))
}
