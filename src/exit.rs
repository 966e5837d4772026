//! Exit codes. The only place that knows them; the output format never changes the code.

use std::process::ExitCode;

use crate::eventbridge::Outcome;
use crate::gate::Standing;
use crate::report;
use crate::request::Operation;

/// How a run ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// The gate is open and, where that was asked for, the request was accepted.
    Open,
    /// Something went wrong that is this program's own fault, or the machine's.
    Internal,
    /// The command line or the input is not usable.
    Usage,
    /// A required check failed.
    Failed,
    /// A required check is undetermined: the server could not be reached or read.
    Undetermined,
    /// A check of a lesser level failed, and `--fail-on` asked for that.
    LesserFailed,
    /// The service rejected the request, or could not take it in all attempts.
    Rejected,
    /// Nobody can tell whether the service took the request.
    Unknown,
    /// What was proven is no longer so: it expired, the database changed, the plan was used.
    Stale,
    /// Interrupted from the keyboard.
    Interrupted,
}

impl From<Standing> for Exit {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Open => Self::Open,
            Standing::OpenWithFindings => Self::LesserFailed,
            Standing::ClosedUndetermined => Self::Undetermined,
            Standing::ClosedFailed => Self::Failed,
        }
    }
}

impl From<&Outcome> for Exit {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Open,
            Outcome::NotSent { .. } | Outcome::Rejected { .. } => Self::Rejected,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::Internal,
        Self::Usage,
        Self::Failed,
        Self::Undetermined,
        Self::LesserFailed,
        Self::Rejected,
        Self::Unknown,
        Self::Stale,
        Self::Interrupted,
    ];

    /// How a run ends by what came of its only call. Deleting what is gone is done.
    pub fn of_call(operation: Operation, outcome: &Outcome) -> Self {
        match outcome {
            done if done.is_done(operation) => Self::Open,
            other => other.into(),
        }
    }

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Failed => 10,
            Self::Undetermined => 11,
            Self::LesserFailed => 12,
            Self::Rejected => 20,
            Self::Unknown => 21,
            Self::Stale => 22,
            Self::Interrupted => 130,
        }
    }

    /// What the code means, in a few words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Open => "gate open",
            Self::Internal => "internal error",
            Self::Usage => "usage or input",
            Self::Failed => "gate closed: a required check failed",
            Self::Undetermined => "gate closed: a required check is undetermined",
            Self::LesserFailed => "a lesser check failed and --fail-on asked for it",
            Self::Rejected => "submission rejected",
            Self::Unknown => "submission outcome unknown",
            Self::Stale => "clearance or plan stale, used or edited, or the database changed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The way to end as reports tell it.
    pub fn described(self) -> report::Exit {
        report::Exit { code: self.code(), reason: self.reason().into() }
    }

    /// As [`Self::described`], and how the process ends, where a closed gate or a finding is to end
    /// it like an open one. Everything else stays what it is.
    pub fn forgiven(self) -> (report::Exit, Self) {
        let described = self.described();
        match self {
            Self::Failed | Self::Undetermined | Self::LesserFailed => {
                let reason = format!("{} (--exit-zero)", described.reason);
                (report::Exit { code: Self::Open.code(), reason }, Self::Open)
            }
            other => (described, other),
        }
    }

    /// The heavier of two: of several targets, a failure says more than an unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        const WEIGHT: [Exit; 10] = [
            Exit::Open,
            Exit::LesserFailed,
            Exit::Undetermined,
            Exit::Failed,
            Exit::Stale,
            Exit::Rejected,
            Exit::Unknown,
            Exit::Usage,
            Exit::Internal,
            Exit::Interrupted,
        ];
        let weight = |exit| WEIGHT.iter().position(|one| *one == exit);
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 10, 11, 12, 20, 21, 22, 130]);
    }

    #[test]
    fn only_what_was_found_is_forgiven() {
        for one in Exit::ALL {
            let (told, exit) = one.forgiven();
            let is_finding = (10..=12).contains(&one.code());
            assert_eq!(exit, if is_finding { Exit::Open } else { one });
            assert_eq!(told.code, exit.code());
            assert!(told.reason.contains(one.reason()));
        }
    }

    #[test]
    fn the_heavier_of_two_wins_whatever_the_order() {
        for one in Exit::ALL {
            for other in Exit::ALL {
                assert_eq!(one.and(other), other.and(one));
            }
        }
        assert_eq!(Exit::Undetermined.and(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::Open.and(Exit::LesserFailed), Exit::LesserFailed);
    }
}
