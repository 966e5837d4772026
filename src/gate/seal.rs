//! What a clearance vouches for, and the digest over it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use cdc_checks::report::CheckResult;
use cdc_checks::{Level, Outcome, Subject, Text, catalogue};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::identity::{self, Identity};
use super::{Evidence, Waived};
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

impl Digest {
    /// The digest over a document, whatever the order of its members.
    pub(crate) fn of(document: &Value) -> Self {
        let mut sorted = document.clone();
        sorted.sort_all_objects();
        Self(Sha256::digest(sorted.to_string()).into())
    }
}

impl FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a digest is 64 hexadecimal digits";
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(WRONG);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| WRONG)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| WRONG)?;
        }
        Ok(Self(bytes))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A waiver as far as a decision rests on it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Acceptance {
    pub(super) outcome: Outcome,
    pub(super) reason: Text,
    pub(super) owner: Text,
    pub(super) expires: Date,
}

/// What a clearance vouches for. Values that move by themselves (positions, counters, figures that
/// a check compared) are no part of it: only what the required checks made of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seal {
    pub(super) operation: Operation,
    pub(super) redacted_body: Value,
    pub(super) server: Identity,
    pub(super) results: BTreeMap<(&'static str, Subject), Outcome>,
    /// What was waived of them: who accepts what, and until when.
    pub(super) waivers: BTreeMap<(&'static str, Subject), Acceptance>,
    /// The version of the program and the ids of all checks: what "every check" meant.
    pub(super) catalogue: (String, Vec<String>),
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
            waivers: waivers(evidence),
            catalogue: (
                env!("CARGO_PKG_VERSION").to_owned(),
                catalogue::all().map(|check| check.id.to_owned()).collect(),
            ),
        }
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.document())
    }

    /// The members in a fixed order and form, so that equal seals have equal text.
    pub(super) fn document(&self) -> Value {
        let server = self.server.iter().map(|(name, value)| Value::from(vec![*name, value]));
        let results = self
            .results
            .iter()
            .map(|((check, subject), outcome)| json!([check, subject, outcome.as_str()]));
        let waivers = self
            .waivers
            .iter()
            .map(|((check, subject), acceptance)| json!([check, subject, acceptance]));
        let (version, ids) = &self.catalogue;
        Value::Object(Map::from_iter([
            ("catalogue".to_owned(), Value::from(ids.clone())),
            ("operation".to_owned(), Value::from(self.operation.as_str())),
            ("request".to_owned(), self.redacted_body.clone()),
            ("results".to_owned(), results.collect()),
            ("server".to_owned(), server.collect()),
            ("version".to_owned(), Value::from(version.as_str())),
            ("waivers".to_owned(), waivers.collect()),
        ]))
    }

    /// What a document says. Checks and facts that this program does not know are left out: its
    /// catalogue is another one then, and that is a difference by itself.
    pub(super) fn read(document: &Value) -> Option<Self> {
        let written = Document::deserialize(document).ok()?;
        let operation = Operation::ALL.into_iter().find(|it| it.as_str() == written.operation)?;
        let results = written.results.into_iter().filter_map(|(id, subject, outcome)| {
            Some(((catalogue::find(&id)?.id, subject), outcome))
        });
        let waivers = written.waivers.into_iter().filter_map(|(id, subject, acceptance)| {
            Some(((catalogue::find(&id)?.id, subject), acceptance))
        });
        let server = written
            .server
            .into_iter()
            .filter_map(|(name, value)| Some((identity::member(&name)?, value)));
        Some(Self {
            operation,
            redacted_body: written.request,
            server: server.collect(),
            results: results.collect(),
            waivers: waivers.collect(),
            catalogue: (written.version, written.catalogue),
        })
    }
}

#[derive(Deserialize)]
struct Document {
    catalogue: Vec<String>,
    operation: String,
    request: Value,
    results: Vec<(String, Subject, Outcome)>,
    server: Vec<(String, String)>,
    version: String,
    #[serde(default)]
    waivers: Vec<(String, Subject, Acceptance)>,
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

/// The waivers that the results of required checks rest on.
fn waivers(evidence: &Evidence<'_>) -> BTreeMap<(&'static str, Subject), Acceptance> {
    let critical = evidence.rulings.critical(evidence.report);
    critical
        .map(|(check, subject, Waived { outcome, waiver })| {
            let (reason, owner) = (waiver.reason.clone(), waiver.owner.clone());
            let acceptance =
                Acceptance { outcome: *outcome, reason, owner, expires: waiver.expires };
            ((check, subject.clone()), acceptance)
        })
        .collect()
}
