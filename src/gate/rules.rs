//! The user's rules, and how they are laid over what the judge found.

use std::collections::BTreeMap;
use std::sync::Arc;

use cdc_checks::report::CheckResult;
use cdc_checks::{
    CheckInfo, Finding, JudgedSubject, Level, Missing, Outcome, Remedy, Report, Subject, Text,
    catalogue,
};
use jiff::Timestamp;

use super::rulings::Compared;
use super::{
    Baseline, BaselineState, CheckSelection, Expiry, Gone, LeftOut, Levels, Rulings, Unused,
    Waived, Waiver, WaiverReview,
};

/// The user's rules.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which checks are run.
    pub selection: CheckSelection,
    /// Levels other than those of the catalogue.
    pub levels: Levels,
    /// What is accepted, by whom, and until when.
    pub waivers: Vec<Arc<Waiver>>,
    /// How many days ahead the end of a waiver is told.
    pub warn_days: u16,
    /// What was found before.
    pub baseline: Option<Arc<Baseline>>,
}

impl Default for Rules {
    /// No rules: every check is run, at its own level, and nothing is waived.
    fn default() -> Self {
        Self {
            selection: CheckSelection::default(),
            levels: Levels::default(),
            waivers: Vec::new(),
            warn_days: 14,
            baseline: None,
        }
    }
}

impl Rules {
    /// Lays the rules over what the judge found on a target, `database@host:port`. Pure: the time
    /// is a parameter.
    ///
    /// What a required check finds stays what it is, unless a waiver names the check; one that is
    /// left out is undetermined.
    pub fn apply(&self, report: &mut Report, target: &str, now: Timestamp) -> Rulings {
        let mut rulings = Rulings::default();
        self.set_levels(report, &mut rulings);
        self.leave_out(report, &mut rulings);
        self.waive(report, target, now, &mut rulings);
        self.compare(report, target, &mut rulings);
        rulings
    }

    /// What can be said of the waivers without a report: how far each is from its end.
    pub fn by_the_calendar(&self, now: Timestamp) -> Vec<WaiverReview> {
        let review = |waiver: &Arc<Waiver>| WaiverReview {
            waiver: Arc::clone(waiver),
            expiry: waiver.expiry(now, self.warn_days),
            covers: 0,
            unused: None,
        };
        self.waivers.iter().map(review).collect()
    }

    /// What becomes required fails where it warned: it closes the gate, as the user asks.
    fn set_levels(&self, report: &mut Report, rulings: &mut Rulings) {
        for result in &mut report.results {
            let Some(level) = self.levels.of(result.check.id) else { continue };
            let declared = declared(&result.check);
            if level == declared {
                continue;
            }
            rulings.levels.insert(result.check.id, declared);
            if result.outcome == Outcome::Fail {
                // Strict mode has made it required.
                continue;
            }
            result.check.level = level;
            if level == Level::Required {
                let warnings =
                    result.subjects.iter_mut().filter(|it| it.finding.outcome == Outcome::Warn);
                warnings.for_each(|it| it.finding.outcome = Outcome::Fail);
                settle(result);
            }
        }
    }

    /// Checks that are left out vanish, but for required ones: of those nobody knows whether they
    /// hold. What does not concern the source is not missed.
    fn leave_out(&self, report: &mut Report, rulings: &mut Rulings) {
        report.results.retain_mut(|result| {
            let Some(by) = self.selection.leaves_out(&result.check) else { return true };
            let given = self.levels.of(result.check.id);
            let level = given.unwrap_or_else(|| declared(&result.check));
            result.check.level = level;
            rulings.left_out.push(LeftOut { check: result.check, by: by.clone() });
            if level != Level::Required || result.outcome == Outcome::NotApplicable {
                return false;
            }
            let missing = Missing::LeftOut { by: Text::new(by) };
            let finding = Finding::unknown(Subject::Server, missing);
            result.subjects = vec![JudgedSubject { finding, remedy: Remedy::none() }];
            settle(result);
            true
        });
    }

    fn waive(&self, report: &mut Report, target: &str, now: Timestamp, rulings: &mut Rulings) {
        let expiry = |waiver: &Arc<Waiver>| waiver.expiry(now, self.warn_days);
        rulings.reviews = self
            .waivers
            .iter()
            .map(|waiver| review(waiver, expiry(waiver), report, target, &rulings.left_out))
            .collect();
        let active: Vec<&Arc<Waiver>> = self
            .waivers
            .iter()
            .filter(|waiver| expiry(waiver) != Expiry::Past && waiver.target.matches(target))
            .collect();
        for result in &mut report.results {
            let named = |it: &&&Arc<Waiver>| it.names(&result.check, result.check.level);
            let named: Vec<&Arc<Waiver>> = active.iter().filter(named).copied().collect();
            if !named.is_empty() {
                waive_result(result, &named, &mut rulings.waived);
            }
        }
    }

    fn compare(&self, report: &Report, target: &str, rulings: &mut Rulings) {
        let Some(baseline) = &self.baseline else { return };
        let mut compared = Compared::default();
        for result in &report.results {
            let states = compared.states.entry(result.check.id).or_default();
            for finding in result.subjects.iter().map(|subject| &subject.finding) {
                let (id, subject, outcome) = (result.check.id, &finding.subject, finding.outcome);
                if outcome >= Outcome::Warn {
                    let state = baseline.compare(target, id, subject, outcome);
                    // Of several findings on one subject the one that is new is told.
                    let kept = states.entry(subject.clone()).or_insert(state);
                    if state == BaselineState::New {
                        *kept = state;
                    }
                }
            }
        }
        let left_out = |id: &str| rulings.left_out.iter().any(|it| it.check.id == id);
        let found = |check: &str, subject| {
            compared.states.get(check).is_some_and(|states| states.contains_key(subject))
        };
        compared.gone = baseline
            .findings(target)
            .filter(|(check, subject, _)| !found(check, subject) && !left_out(check))
            .map(|(check, subject, outcome)| Gone {
                check: check.to_owned(),
                subject: subject.clone(),
                outcome,
            })
            .collect();
        rulings.baseline = Some(compared);
    }
}

/// The level of the catalogue, whatever strict mode made of it.
fn declared(check: &CheckInfo) -> Level {
    catalogue::find(check.id).map_or(check.level, |check| check.level)
}

/// The heaviest outcome of all subjects is the check's.
fn settle(result: &mut CheckResult) {
    let outcomes = result.subjects.iter().map(|subject| subject.finding.outcome);
    result.outcome = outcomes.max().unwrap_or(Outcome::NotApplicable);
}

/// Whether a waiver can be about such an outcome. What was not reached has its cause elsewhere, and
/// that is what has to be waived or mended.
fn can_be_waived(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Fail | Outcome::Undetermined | Outcome::Warn)
}

fn waive_result(
    result: &mut CheckResult,
    waivers: &[&Arc<Waiver>],
    all: &mut BTreeMap<&'static str, BTreeMap<Subject, Waived>>,
) {
    for finding in result.subjects.iter_mut().map(|subject| &mut subject.finding) {
        if !can_be_waived(finding.outcome) {
            continue;
        }
        let about = waivers.iter().filter(|waiver| waiver.is_about(&finding.subject));
        // The one that holds longest: the others do not shorten it.
        let Some(&waiver) = about.max_by_key(|waiver| waiver.expires) else { continue };
        let outcome = std::mem::replace(&mut finding.outcome, Outcome::Waived);
        let subjects = all.entry(result.check.id).or_default();
        let waived = Waived { outcome, waiver: Arc::clone(waiver) };
        let kept = subjects.entry(finding.subject.clone()).or_insert(waived);
        kept.outcome = kept.outcome.max(outcome);
    }
    settle(result);
}

/// What a waiver covers, before anything is waived.
fn review(
    waiver: &Arc<Waiver>,
    expiry: Expiry,
    report: &Report,
    target: &str,
    left_out: &[LeftOut],
) -> WaiverReview {
    let reviewed =
        |covers, unused| WaiverReview { waiver: Arc::clone(waiver), expiry, covers, unused };
    if !waiver.target.matches(target) {
        return reviewed(0, Some(Unused::Target));
    }
    let (mut covers, mut unused) = (0, Some(Unused::Check));
    if left_out.iter().any(|it| waiver.check.matches(it.check.id)) {
        // Nobody has looked.
        unused = None;
    }
    for result in report.results.iter().filter(|it| waiver.check.matches(it.check.id)) {
        let about = result.subjects.iter().map(|subject| &subject.finding);
        let covered = about
            .filter(|finding| can_be_waived(finding.outcome) && waiver.is_about(&finding.subject))
            .count();
        let unknown = matches!(result.outcome, Outcome::Blocked | Outcome::Undetermined);
        let found = match covered {
            0 if unknown => None,
            0 => Some(Unused::Fine),
            _ if !waiver.names(&result.check, result.check.level) => Some(Unused::ByPattern),
            _ => {
                covers += covered;
                None
            }
        };
        unused = unused.zip(found).map(|(one, other)| one.max(other));
    }
    reviewed(covers, unused)
}
