//! The judge's report: every check's findings with their remedies. Pure data, no format.

use crate::{
    CheckInfo, Facts, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Text, Verdict,
};

/// What the judge found for one request.
#[derive(Clone, Debug)]
pub struct Report {
    /// The product or platform.
    pub flavour: Result<Flavour, Missing>,
    /// The server's version as it calls itself.
    pub server_version: Result<Text, Missing>,
    /// The connector that the checks had in mind.
    pub connector: String,
    /// What they took for granted of it and nobody has published or said, in clauses.
    pub assumptions: Vec<String>,
    /// Every check of the catalogue that belongs to this kind of source, in catalogue order.
    pub results: Vec<CheckResult>,
}

/// What one check found.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// The check.
    pub check: CheckInfo,
    /// The heaviest outcome of all subjects.
    pub outcome: Outcome,
    /// Each subject's finding, with what to do about it.
    pub subjects: Vec<JudgedSubject>,
}

/// A finding with what to do about it.
#[derive(Clone, Debug)]
pub struct JudgedSubject {
    /// The finding.
    pub finding: Finding,
    /// What to do about it; empty for anything but a warning or a failure.
    pub remedy: Remedy,
}

impl CheckResult {
    /// Whether this result closes the gate.
    pub fn closes_gate(&self) -> bool {
        let heavy =
            matches!(self.outcome, Outcome::Fail | Outcome::Undetermined | Outcome::Blocked);
        heavy && self.check.level == Level::Required
    }

    /// The checks that this result is only a consequence of.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.subjects
            .iter()
            .filter_map(|subject| subject.finding.missing.as_ref().and_then(Missing::root))
    }
}

/// Judges the facts by the whole catalogue. Pure: same facts and intent, same report.
pub fn judge(facts: &Facts, intent: &Intent) -> Report {
    Report {
        flavour: facts.flavour(),
        server_version: facts.server_version(),
        connector: intent.profile.name.clone(),
        assumptions: intent.profile.assumptions(intent.engine),
        results: crate::catalogue::run(facts, intent),
    }
}

/// Runs one check: judges, lowers what its level does not allow, and asks for remedies.
pub(crate) fn run_check<F>(check: &crate::Check<F>, facts: &F, intent: &Intent) -> CheckResult {
    let verdict = (check.judge)(facts, intent)
        .unwrap_or_else(|missing| Verdict::from(Finding::unknown(crate::Subject::Server, missing)));
    let subjects: Vec<JudgedSubject> = verdict
        .findings
        .into_iter()
        .map(|finding| weigh(finding, check.level, intent))
        .map(|finding| {
            let remedy = match finding.outcome {
                Outcome::Fail | Outcome::Warn => (check.remedy)(&finding, facts, intent),
                _ => Remedy::none(),
            };
            JudgedSubject { finding, remedy }
        })
        .collect();
    let outcome = subjects
        .iter()
        .map(|subject| subject.finding.outcome)
        .max()
        .unwrap_or(Outcome::NotApplicable);
    let mut check = check.info();
    if outcome == Outcome::Fail {
        // Of the lesser levels only strict mode makes a failure, and then it counts as one.
        check.level = Level::Required;
    }
    CheckResult { check, outcome, subjects }
}

/// Only a required check can fail; what another level finds is at most a warning, but for what
/// strict mode does not put up with.
fn weigh(mut finding: Finding, level: Level, intent: &Intent) -> Finding {
    if level != Level::Required && finding.outcome == Outcome::Fail {
        finding.outcome = Outcome::Warn;
    }
    if intent.strict && finding.strict && finding.outcome == Outcome::Warn {
        finding.outcome = Outcome::Fail;
    }
    finding
}
