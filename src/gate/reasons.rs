//! The results that speak against sending, roots first.

use std::collections::BTreeSet;

use cdc_checks::{CheckInfo, CheckResult, Outcome, Report, Subject, Text};

/// Results that speak against sending: first those that others are only a consequence of, last the
/// consequences; otherwise in catalogue order.
#[derive(Clone, Debug, Default)]
pub struct Reasons(Vec<Reason>);

/// One result that speaks against sending.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The check.
    pub check: CheckInfo,
    /// What came of it.
    pub outcome: Outcome,
    /// What it is about: the subjects with that outcome.
    pub subjects: Vec<Subject>,
    /// Ids of the checks that it is only a consequence of.
    pub because: Vec<String>,
}

impl Reasons {
    /// Every required check of a report that is not fine.
    pub fn closing(report: &Report) -> Self {
        Self::of(report, CheckResult::closes_gate)
    }

    pub(super) fn of(report: &Report, speaks: impl Fn(&CheckResult) -> bool) -> Self {
        let roots: BTreeSet<&str> = report.results.iter().flat_map(CheckResult::roots).collect();
        let mut reasons: Vec<Reason> =
            report.results.iter().filter(|result| speaks(result)).map(Reason::of).collect();
        // Stable: the catalogue order stays within each group.
        reasons.sort_by_key(|reason| match reason.outcome {
            _ if roots.contains(reason.check.id) => 0,
            Outcome::Blocked => 2,
            _ => 1,
        });
        Self(reasons)
    }

    /// Whether nothing speaks against sending.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Reason> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Reasons {
    type Item = &'a Reason;
    type IntoIter = std::slice::Iter<'a, Reason>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Reason {
    /// One line with the check's id, the outcome and the subjects. Untrusted: escape before
    /// printing.
    pub fn line(&self) -> Text {
        let names: Vec<Text> = self.subjects.iter().map(Subject::name).collect();
        let names: Vec<&str> = names.iter().map(Text::untrusted).collect();
        let (id, outcome) = (self.check.id, self.outcome.as_str());
        match self.because.as_slice() {
            [] => Text::new(format!("{id}: {outcome} ({})", names.join(", "))),
            roots => Text::new(format!("{id}: {outcome} by {}", roots.join(", "))),
        }
    }

    fn of(result: &CheckResult) -> Self {
        let concerned =
            result.subjects.iter().filter(|subject| subject.finding.outcome == result.outcome);
        let because: BTreeSet<&str> = result.roots().collect();
        Self {
            check: result.check,
            outcome: result.outcome,
            subjects: concerned.map(|subject| subject.finding.subject.clone()).collect(),
            because: because.into_iter().map(str::to_owned).collect(),
        }
    }
}
