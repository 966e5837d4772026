//! What a plan does not cure, and why: what would remain after it.

use cdc_checks::{Actor, CheckInfo, CheckResult, Cost, Missing, Outcome, Text};

use super::{Cure, Scope};
use crate::report::TargetReport;

/// A finding that remains.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The check.
    pub check: CheckInfo,
    /// What it is about.
    pub subject: Text,
    /// Why it remains.
    pub why: Why,
}

/// Why a finding remains.
#[derive(Clone, Debug)]
pub enum Why {
    /// A step of its remedy was not asked for.
    LeftOut {
        /// Who can do the first such step.
        actor: Actor,
        /// What that costs.
        cost: Cost,
    },
    /// Nothing can be done about it.
    NoRemedy,
    /// It could not be found out.
    Unknown {
        /// Why, in a sentence.
        sentence: Text,
        /// The privilege that would reveal it.
        needs: Option<Text>,
    },
    /// It was not reached because of another check; it shows when that one is cured.
    NotReached {
        /// Id of the other check.
        because: String,
    },
}

impl Rest {
    /// What remains of a finding with these steps.
    pub(super) fn of_cure(cure: &Cure<'_>) -> Option<Self> {
        let why = match (cure.left_out.first(), cure.taken.is_empty()) {
            (Some(step), _) => Why::LeftOut { actor: step.actor, cost: step.cost },
            (None, true) => Why::NoRemedy,
            (None, false) => return None,
        };
        Some(Self { check: cure.check, subject: cure.subject.clone(), why })
    }
}

/// What could not be found out, and so has no remedy yet.
pub(super) fn unknown(target: &TargetReport, scope: Scope) -> impl Iterator<Item = Rest> {
    let counts = move |result: &&CheckResult| scope == Scope::All || result.closes_gate();
    let results = target.report.results.iter().filter(counts);
    results.flat_map(|result| {
        let unknown = result.subjects.iter().filter(|subject| {
            matches!(subject.finding.outcome, Outcome::Undetermined | Outcome::Blocked)
        });
        unknown.filter_map(|subject| {
            let missing = subject.finding.missing.as_ref()?;
            let why = match (missing.root(), missing) {
                (Some(root), _) => Why::NotReached { because: root.to_owned() },
                (None, Missing::Denied { needs, .. }) => {
                    Why::Unknown { sentence: missing.sentence(), needs: Some(needs.clone()) }
                }
                (None, _) => Why::Unknown { sentence: missing.sentence(), needs: None },
            };
            Some(Rest { check: result.check, subject: subject.finding.subject.name(), why })
        })
    })
}
