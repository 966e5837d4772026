//! A finding in a few sentences and by its weight, for formats that list one finding at a time.
//! What it gives is escaped for a terminal.

use cdc_checks::{
    CheckResult, Finding, JudgedSubject, Language, Level, Missing, Outcome, Subject, Text,
};

use super::human::waivers;
use super::{NAME_LIMIT, RunReport, TargetReport, batch, text};
use crate::gate::WaiverReview;

/// Longest message or statement, in characters.
const MESSAGE_LIMIT: usize = 600;

/// How much a finding matters, in the three steps that CI services know.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Severity {
    /// It closes the gate.
    Error,
    /// It weakens what CDC delivers, or nobody knows whether it does.
    Warning,
    /// It is only told.
    Notice,
}

/// How much a finding matters; `None` where it is fine, and where it only follows from another
/// finding, which is told instead.
pub(super) fn severity(result: &CheckResult, finding: &Finding) -> Option<Severity> {
    let level = result.check.level;
    match finding.outcome {
        Outcome::Fail => Some(Severity::Error),
        Outcome::Undetermined | Outcome::Warn if level == Level::Informational => {
            Some(Severity::Notice)
        }
        Outcome::Undetermined if level == Level::Required => Some(Severity::Error),
        Outcome::Undetermined | Outcome::Warn => Some(Severity::Warning),
        Outcome::Blocked | Outcome::NotApplicable | Outcome::Pass | Outcome::Waived => None,
    }
}

/// `Failed for public.orders: the title. Found this, needed that. Why.`
pub(super) fn sentences(result: &CheckResult, finding: &Finding) -> String {
    let outcome = capital(finding.outcome);
    let head = match &finding.subject {
        Subject::Server => format!("{outcome}: {}.", result.check.title),
        subject => {
            let subject = text::shorten(&subject.name(), NAME_LIMIT);
            format!("{outcome} for {subject}: {}.", result.check.title)
        }
    };
    let message = finding.message.as_ref().map(|it| sentence(text::shorten(it, MESSAGE_LIMIT)));
    let all = [Some(head), values(finding), message, reason(finding)];
    all.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `Accepted by dba-team until 2026-12-31: the table is append-only. Otherwise: fail.`, of a
/// finding that is waived.
pub(super) fn acceptance(
    target: &TargetReport,
    result: &CheckResult,
    finding: &Finding,
) -> Option<String> {
    let waived = target.rulings.waived(result.check.id, finding)?;
    let waiver = &waived.waiver;
    let owner = text::shorten(&waiver.owner, NAME_LIMIT);
    let reason = text::shorten(&waiver.reason, MESSAGE_LIMIT);
    let accepted = format!("Accepted by {owner} until {}: {reason}", waiver.expires);
    Some(format!("{} Otherwise: {}.", sentence(accepted), waived.outcome.as_str()))
}

/// The waivers of a run that somebody has to do something about.
pub(super) fn to_look_after(run: &RunReport) -> impl Iterator<Item = &WaiverReview> {
    run.waivers.iter().filter(|review| review.state() != "active")
}

/// `Waiver expired: postgres/wal-level: ended on 2026-10-01 and no longer applies (dba-team,
/// waivers.toml:3).`
pub(super) fn waiver(review: &WaiverReview) -> String {
    let state = review.state();
    let english = Language::English;
    let (about, meaning) = (waivers::about(review, english), waivers::meaning(review, english));
    format!("Waiver {state}: {about}: {meaning} ({}).", whose(review))
}

/// `dba-team, waivers.toml:3`.
pub(super) fn whose(review: &WaiverReview) -> String {
    let waiver = &review.waiver;
    let [owner, place] = [&waiver.owner, &waiver.place].map(|it| text::shorten(it, NAME_LIMIT));
    format!("{owner}, {place}")
}

/// How much a waiver matters that somebody has to do something about.
pub(super) fn waiver_severity(review: &WaiverReview) -> Severity {
    if review.state() == "expiring" { Severity::Notice } else { Severity::Warning }
}

/// `Found replica, needed logical.`
pub(super) fn values(finding: &Finding) -> Option<String> {
    let shown = |value: &Text| text::shorten(value, NAME_LIMIT);
    match (finding.observed.as_ref().map(shown), finding.expected.as_ref().map(shown)) {
        (None, None) => None,
        (Some(found), None) => Some(format!("Found {found}.")),
        (None, Some(needed)) => Some(format!("Needed {needed}.")),
        (Some(found), Some(needed)) => Some(format!("Found {found}, needed {needed}.")),
    }
}

/// Why nothing was found out, as a sentence.
pub(super) fn reason(finding: &Finding) -> Option<String> {
    let missing = finding.missing.as_ref().map(Missing::sentence)?;
    Some(sentence(text::shorten(&missing, MESSAGE_LIMIT)))
}

/// One line for each step of the remedy: `Fix (DBA, in force at once): ALTER ...`.
pub(super) fn steps(subject: &JudgedSubject) -> Vec<String> {
    let lines = subject.remedy.steps.iter().enumerate().map(|(number, step)| {
        let label = if number == 0 { "Fix" } else { "Then" };
        let what = text::shorten(batch::typed(step), MESSAGE_LIMIT);
        format!("{label} ({}): {what}", batch::terms(step, Language::English))
    });
    lines.collect()
}

/// A clause as a sentence of its own: another one may follow.
pub(super) fn sentence(mut clause: String) -> String {
    if !clause.ends_with(['.', '!', '?', ':']) {
        clause.push('.');
    }
    // A name keeps its case: `max_wal_senders` is no beginning of a sentence.
    let first = clause.split(' ').next().unwrap_or_default();
    if first.chars().all(|c| c.is_ascii_lowercase())
        && let Some(initial) = clause.get_mut(..1)
    {
        initial.make_ascii_uppercase();
    }
    clause
}

/// The outcome as the beginning of a sentence or as a heading.
pub(super) fn capital(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "Failed",
        Outcome::Undetermined => "Undetermined",
        Outcome::Blocked => "Not reached",
        Outcome::Warn => "Warning",
        Outcome::Waived => "Waived",
        Outcome::Pass => "Passed",
        Outcome::NotApplicable => "Not applicable",
    }
}

/// What a subject is, in the word of every format for machines.
pub(super) fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Field(_) => "field",
        Subject::Account(_) => "account",
        Subject::Database(_) => "database",
        Subject::Publication(_) => "publication",
        Subject::Queue(_) => "queue",
        Subject::Server => "server",
        Subject::Table(_) => "table",
    }
}

/// What stands before the first heading of a check's page: what holds, in a sentence.
pub(super) fn lead(page: &str) -> &str {
    page.split("\n## ").next().unwrap_or_default().trim()
}

/// A section of a check's page with the sections below it, without its heading.
pub(super) fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, section) = page.split_once(&format!("\n{heading}\n"))?;
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    Some(section.trim()).filter(|section| !section.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{lead, section};

    #[test]
    fn a_page_has_a_lead_and_sections() {
        let page = "Lead.\n\n## Why\n\nIt breaks.\n\n## Fix\n\nNot this.\n";
        assert_eq!(lead(page), "Lead.");
        assert_eq!(section(page, "## Fix"), Some("Not this."));
        assert_eq!(section("x\n## Why\n\n## Fix\nx", "## Why"), None);
    }
}
