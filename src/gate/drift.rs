//! Why a clearance that was given is not confirmed.

use cdc_checks::{Outcome, Subject, Text};
use jiff::Timestamp;
use thiserror::Error;

use super::seal::Seal;
use super::{Reason, Reasons};

/// Why a clearance is not confirmed. Nothing has been sent.
///
/// The message names no object of the database: their names are untrusted and want escaping.
#[derive(Debug, Error)]
pub enum Drift {
    /// What the clearance vouches for is no longer what it was.
    #[error("what was checked has changed since: {} difference(s)", .0.len())]
    Changed(Vec<Change>),
    /// The facts gathered again close the gate.
    #[error("the gate was open and is now closed")]
    Closed(Reasons),
    /// Too much time went by.
    #[error("the clearance expired at {expired_at}")]
    Expired {
        /// Since when it is worth nothing.
        expired_at: Timestamp,
    },
}

/// One difference between what was cleared and what was found before sending.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Another version of the program or another set of checks.
    Catalogue,
    /// The operation or the body of the request.
    Request,
    /// The outcome of a required check for one subject.
    Result {
        /// The check's id.
        check: &'static str,
        /// What it is about.
        subject: Subject,
        /// The outcome that was cleared; `None` where the subject is new.
        before: Option<Outcome>,
        /// The outcome found; `None` where the subject is gone.
        after: Option<Outcome>,
    },
    /// The server or the account.
    Server {
        /// What tells servers apart, for example `version`.
        member: &'static str,
        /// Its value when it was cleared.
        before: Option<Text>,
        /// Its value now.
        after: Option<Text>,
    },
    /// The waiver of a required check: its reason, owner or last day, or what it accepts.
    Waiver {
        /// The check's id.
        check: &'static str,
        /// What it is about.
        subject: Subject,
    },
}

impl Drift {
    /// One line for each thing that speaks against sending. Untrusted: escape before printing.
    pub fn lines(&self) -> Vec<Text> {
        match self {
            Self::Changed(changes) => changes.iter().map(Change::line).collect(),
            Self::Closed(reasons) => reasons.iter().map(Reason::line).collect(),
            Self::Expired { .. } => Vec::new(),
        }
    }

    pub(super) fn between(before: &Seal, after: &Seal) -> Self {
        let mut changes = Vec::new();
        if before.catalogue != after.catalogue {
            changes.push(Change::Catalogue);
        }
        if (before.operation, &before.redacted_body) != (after.operation, &after.redacted_body) {
            changes.push(Change::Request);
        }
        changes.extend(server_changes(before, after));
        changes.extend(result_changes(before, after));
        changes.extend(waiver_changes(before, after));
        Self::Changed(changes)
    }
}

impl Change {
    fn line(&self) -> Text {
        let shown =
            |value: &Option<Text>| value.as_ref().map_or("nothing", Text::untrusted).to_owned();
        let word = |outcome: &Option<Outcome>| outcome.map_or("not there", Outcome::as_str);
        Text::new(match self {
            Self::Catalogue => "the checks are others".to_owned(),
            Self::Request => "the request is another".to_owned(),
            Self::Result { check, subject, before, after } => {
                let name = subject.name();
                let name = name.untrusted();
                format!("{check} for {name}: {} before, {} now", word(before), word(after))
            }
            Self::Server { member, before, after } => {
                format!("the server's {member}: {} before, {} now", shown(before), shown(after))
            }
            Self::Waiver { check, subject } => {
                format!("{check} for {}: the waiver is another", subject.name().untrusted())
            }
        })
    }
}

fn server_changes(before: &Seal, after: &Seal) -> Vec<Change> {
    let added = after.server.keys().filter(|member| !before.server.contains_key(*member));
    let members = before.server.keys().chain(added);
    let changed = members.filter(|member| before.server.get(*member) != after.server.get(*member));
    let value = |seal: &Seal, member| seal.server.get(member).map(Text::new);
    changed
        .map(|member| Change::Server {
            member,
            before: value(before, member),
            after: value(after, member),
        })
        .collect()
}

fn result_changes(before: &Seal, after: &Seal) -> Vec<Change> {
    let added = after.results.keys().filter(|key| !before.results.contains_key(*key));
    let keys = before.results.keys().chain(added);
    let changed = keys.filter(|key| before.results.get(*key) != after.results.get(*key));
    changed
        .map(|key| Change::Result {
            check: key.0,
            subject: key.1.clone(),
            before: before.results.get(key).copied(),
            after: after.results.get(key).copied(),
        })
        .collect()
}

/// Waivers of one and the same result that are not the same; where only one is there, the result is
/// another one, too.
fn waiver_changes(before: &Seal, after: &Seal) -> Vec<Change> {
    let changed = before
        .waivers
        .iter()
        .filter(|(key, waiver)| after.waivers.get(*key).is_some_and(|other| other != *waiver));
    let change = |(check, subject): &(&'static str, Subject)| Change::Waiver {
        check,
        subject: subject.clone(),
    };
    changed.map(|(key, _)| change(key)).collect()
}
