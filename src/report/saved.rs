//! A JSON report of before, read back as far as baselines and comparisons need it.

use cdc_checks::{Level, Outcome, Subject, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use utoipa::ToSchema;

use crate::gate::Baseline;

/// The major version of the layout that is read. Whatever a minor version adds is passed over.
const MAJOR: &str = "1";

/// A JSON report of before.
#[derive(Clone, Debug, Deserialize)]
pub struct Saved {
    pub(super) targets: Vec<SavedTarget>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedTarget {
    pub(super) target: SavedAddress,
    pub(super) gate: SavedGate,
    pub(super) results: Vec<SavedResult>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedAddress {
    pub(super) operation: String,
    pub(super) host: Text,
    pub(super) port: u16,
    pub(super) database: Text,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedGate {
    pub(super) state: GateState,
}

/// What was decided.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GateState {
    /// A required check failed, or could not be judged: nothing may be sent.
    Closed,
    /// Every required check holds: the request may be sent.
    Open,
}

impl GateState {
    /// The state of a gate that is open, or is not.
    pub fn of(is_open: bool) -> Self {
        if is_open { Self::Open } else { Self::Closed }
    }

    /// The word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedResult {
    pub(super) id: String,
    pub(super) level: Level,
    #[serde(default)]
    pub(super) title: String,
    pub(super) subjects: Vec<SavedSubject>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SavedSubject {
    pub(super) name: Text,
    pub(super) kind: String,
    pub(super) outcome: Outcome,
    pub(super) expected: Option<Text>,
    pub(super) observed: Option<Text>,
}

/// Why a text is no report that can be read.
#[derive(Debug, Error)]
pub enum SavedError {
    /// It is no JSON, or lacks what a report has.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is not in the layout of a report, or in a later one.
    #[error("its format_version is {found:?}, and {MAJOR}.x is read")]
    Version {
        /// What it says of itself.
        found: String,
    },
    /// It does not say its version: it is another kind of document.
    #[error("it has no format_version as a JSON report has: --report json=FILE writes one")]
    NoReport,
}

impl Saved {
    /// Reads a report.
    ///
    /// # Errors
    /// When the text is none, or of another major version.
    pub fn parse(text: &str) -> Result<Self, SavedError> {
        #[derive(Deserialize)]
        struct Versioned {
            format_version: Option<serde_json::Value>,
        }
        // Before anything else: an unknown layout would only give misleading errors.
        let version = serde_json::from_str::<Versioned>(text)?.format_version;
        let Some(serde_json::Value::String(found)) = version else {
            return Err(SavedError::NoReport);
        };
        if found.split('.').next() != Some(MAJOR) {
            return Err(SavedError::Version { found });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// What it had found, as a baseline.
    pub fn baseline(&self) -> Baseline {
        let mut baseline = Baseline::default();
        for target in &self.targets {
            let name = target.target.name();
            for result in &target.results {
                for saved in &result.subjects {
                    if let Some(subject) = saved.subject() {
                        baseline.add(&name, &result.id, subject, saved.outcome);
                    }
                }
            }
        }
        baseline
    }
}

impl SavedAddress {
    pub(super) fn name(&self) -> String {
        super::text::name(&self.database, &self.host, self.port)
    }
}

impl SavedSubject {
    /// What it is about; `None` where that is of a kind that this version does not know.
    pub(super) fn subject(&self) -> Option<Subject> {
        let name = Some(&self.name).filter(|_| self.kind != "server");
        let written = match name {
            Some(name) => json!({ "kind": self.kind, "name": name }),
            None => json!({ "kind": self.kind }),
        };
        serde_json::from_value(written).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: &str) -> Option<Subject> {
        let saved = json!({ "name": "n", "kind": kind, "outcome": "warn" });
        serde_json::from_value::<SavedSubject>(saved).expect("a subject").subject()
    }

    #[test]
    fn subjects_are_those_of_the_judge() {
        assert_eq!(subject("table"), Some(Subject::Table("n".into())));
        assert_eq!(subject("account"), Some(Subject::Account("n".into())));
        assert_eq!(subject("server"), Some(Subject::Server));
        assert_eq!(subject("galaxy"), None);
    }

    #[test]
    fn only_reports_of_a_known_layout_are_read() {
        let error = |text: &str| Saved::parse(text).expect_err("no report").to_string();
        assert!(error("").contains("EOF"));
        assert!(error("{}").contains("--report json=FILE"));
        assert!(error("{\"format_version\": 2}").contains("--report json=FILE"));
        assert!(error("{\"format_version\": \"2.0\"}").contains("\"2.0\""));
        assert!(error("{\"format_version\": \"1.9\"}").contains("targets"));
        assert!(Saved::parse("{\"format_version\": \"1.9\", \"targets\": [], \"x\": 1}").is_ok());
    }
}
