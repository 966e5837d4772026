//! Subjects about which a check says the same thing, told together.

use cdc_checks::{CheckResult, Finding, JudgedSubject, Language, Outcome, Subject};

use super::translate::say_of;
use super::{NAME_LIMIT, text};

/// Subjects with the same finding, but for the subject itself. Never empty.
pub(super) struct Group<'a> {
    first: &'a Finding,
    pub(super) subjects: Vec<&'a JudgedSubject>,
}

/// The subjects that did not pass, the heaviest outcome first, else in the order of the request.
pub(super) fn notable(result: &CheckResult) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for subject in result.subjects.iter().filter(|it| it.finding.outcome > Outcome::Waived) {
        match groups.iter_mut().find(|group| alike(group.first, &subject.finding)) {
            Some(group) => group.subjects.push(subject),
            None => groups.push(Group { first: &subject.finding, subjects: vec![subject] }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.first.outcome));
    groups
}

fn alike(one: &Finding, other: &Finding) -> bool {
    one.outcome == other.outcome
        && kind(&one.subject) == kind(&other.subject)
        && one.expected == other.expected
        && one.observed == other.observed
        && one.message == other.message
        && one.missing == other.missing
}

impl<'a> Group<'a> {
    /// What all subjects of the group have in common.
    pub(super) fn finding(&self) -> &'a Finding {
        self.first
    }

    /// A label and the names, as many as there is room for; `None` for the server as a whole.
    pub(super) fn names(&self, room: usize, language: Language) -> Option<(&'static str, String)> {
        let (one, many) = kind(&self.first.subject)?;
        let names: Vec<String> = self
            .subjects
            .iter()
            .take(room)
            .map(|subject| text::shorten(&subject.finding.subject.name(), NAME_LIMIT))
            .collect();
        let mut names = names.join(", ");
        if self.subjects.len() > room {
            names = format!("{names} {}", more(self.subjects.len() - room, language));
        }
        Some((if self.subjects.len() == 1 { one } else { many }, names))
    }
}

/// What stands in place of things that are left out.
pub(super) fn more(hidden: usize, language: Language) -> String {
    say_of(language, "… and {} more (all in --report json)", hidden)
}

/// One and several subjects of a kind; `None` for the server as a whole.
pub(super) fn kind(subject: &Subject) -> Option<(&'static str, &'static str)> {
    match subject {
        Subject::Field(_) => Some(("field", "fields")),
        Subject::Account(_) => Some(("account", "accounts")),
        Subject::Database(_) => Some(("database", "databases")),
        Subject::Publication(_) => Some(("publication", "publications")),
        Subject::Queue(_) => Some(("queue", "queues")),
        Subject::Server => None,
        Subject::Table(_) => Some(("table", "tables")),
    }
}
