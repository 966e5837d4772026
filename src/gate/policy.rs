//! What the findings of a report amount to, and the user's say in it.

use cdc_checks::{Finding, Level, Outcome, Report};
use jiff::SignedDuration;

use super::{Reasons, Rulings};

/// The user's say in a decision.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// From which level on a finding is an error of the run even where the gate stays open.
    pub fail_on: Level,
    /// How long a clearance may be used.
    pub valid_for: SignedDuration,
}

impl Default for Policy {
    /// Only required checks count, and a clearance lasts five minutes.
    fn default() -> Self {
        Self { fail_on: Level::Required, valid_for: SignedDuration::from_mins(5) }
    }
}

/// What a run comes to, before anything is sent. The exit code follows from it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Standing {
    /// The gate is open.
    Open,
    /// The gate is open, but something that the policy asked about was found.
    OpenWithFindings,
    /// The gate is closed only because something required could not be found out.
    ClosedUndetermined,
    /// The gate is closed because something required does not hold, whatever else is unknown.
    ClosedFailed,
}

impl Standing {
    /// What a report comes to under a policy and the user's rules.
    pub fn of(report: &Report, rulings: &Rulings, policy: &Policy) -> Self {
        let closing = Reasons::closing(report);
        if closing.iter().any(|reason| reason.outcome == Outcome::Fail) {
            Self::ClosedFailed
        } else if !closing.is_empty() {
            Self::ClosedUndetermined
        } else if !policy.findings(report, rulings).is_empty() {
            Self::OpenWithFindings
        } else {
            Self::Open
        }
    }

    /// Whether a request may be sent.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::OpenWithFindings)
    }
}

impl Policy {
    /// What was found at or above the level asked for and leaves the gate open: warnings, and
    /// whatever of a lesser level could not be found out. What the baseline excuses does not count.
    pub fn findings(&self, report: &Report, rulings: &Rulings) -> Reasons {
        if self.fail_on == Level::Required {
            return Reasons::default();
        }
        Reasons::of(report, |result| {
            let counts = |finding: &Finding| {
                finding.outcome >= Outcome::Warn && !rulings.excuses(&result.check, finding)
            };
            let found = result.subjects.iter().any(|subject| counts(&subject.finding));
            found && result.check.level >= self.fail_on && !result.closes_gate()
        })
    }
}
