//! What a clearance vouches for, and the digest over it.

use std::collections::BTreeMap;
use std::fmt;

use cdc_checks::report::CheckResult;
use cdc_checks::{Level, Outcome, Subject, catalogue};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Evidence;
use super::identity::{self, Identity};
use crate::request::Operation;

/// SHA-256 over what a clearance vouches for; shown in hexadecimal.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a clearance vouches for. Values that move by themselves (positions, counters, figures that
/// a check compared) are no part of it: only what the required checks made of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seal {
    pub(super) operation: Operation,
    pub(super) redacted_body: Value,
    pub(super) server: Identity,
    pub(super) results: BTreeMap<(&'static str, Subject), Outcome>,
    /// The version of the program and the ids of all checks: what "every check" meant.
    pub(super) catalogue: (&'static str, Vec<&'static str>),
}

impl Seal {
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        let mut redacted_body = evidence.redacted_body.clone();
        redacted_body.sort_all_objects();
        Self {
            operation: evidence.operation,
            redacted_body,
            server: identity::of(evidence.facts),
            results: results(&evidence.report.results),
            catalogue: (
                env!("CARGO_PKG_VERSION"),
                catalogue::all().map(|check| check.id).collect(),
            ),
        }
    }

    pub(super) fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.document().to_string()).into())
    }

    /// The members in a fixed order and form, so that equal seals have equal text.
    fn document(&self) -> Value {
        let server = self.server.iter().map(|(name, value)| Value::from(vec![*name, value]));
        let results = self.results.iter().map(|((check, subject), outcome)| {
            let name = subject.name();
            Value::from(vec![*check, kind(subject), name.untrusted(), outcome.as_str()])
        });
        let (version, ids) = &self.catalogue;
        Value::Object(Map::from_iter([
            ("catalogue".to_owned(), Value::from(ids.clone())),
            ("operation".to_owned(), Value::from(self.operation.as_str())),
            ("request".to_owned(), self.redacted_body.clone()),
            ("results".to_owned(), results.collect()),
            ("server".to_owned(), server.collect()),
            ("version".to_owned(), Value::from(*version)),
        ]))
    }
}

/// The outcome of every required check for each of its subjects; the heaviest where it found
/// several for one.
fn results(all: &[CheckResult]) -> BTreeMap<(&'static str, Subject), Outcome> {
    let mut results = BTreeMap::new();
    for result in all.iter().filter(|result| result.check.level == Level::Required) {
        if result.subjects.is_empty() {
            results.insert((result.check.id, Subject::Server), result.outcome);
        }
        for subject in &result.subjects {
            let finding = &subject.finding;
            let outcome = results
                .entry((result.check.id, finding.subject.clone()))
                .or_insert(finding.outcome);
            *outcome = finding.outcome.max(*outcome);
        }
    }
    results
}

fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Field(_) => "field",
        Subject::Account(_) => "account",
        Subject::Database(_) => "database",
        Subject::Publication(_) => "publication",
        Subject::Server => "server",
        Subject::Table(_) => "table",
    }
}
