//! What the user's rules made of one report. Renderers read it beside the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use cdc_checks::{CheckInfo, Finding, Level, Outcome, Report, Subject};
use jiff::Timestamp;

use super::{BaselineState, Expiry, Waiver};

/// What the user's rules made of one report.
#[derive(Clone, Debug, Default)]
pub struct Rulings {
    pub(super) waived: BTreeMap<&'static str, BTreeMap<Subject, Waived>>,
    pub(super) levels: BTreeMap<&'static str, Level>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) baseline: Option<Compared>,
    pub(super) reviews: Vec<WaiverReview>,
}

/// A finding that a waiver accepts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waived {
    /// What it would be without the waiver.
    pub outcome: Outcome,
    /// Who accepts it, why, and until when.
    pub waiver: Arc<Waiver>,
}

/// A check that was not run because the user left it out.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The check, with the level that it has in this run. A required one still closes the gate.
    pub check: CheckInfo,
    /// What left it out, for example `--skip mysql/*`.
    pub by: String,
}

/// Findings beside those of a report of before.
#[derive(Clone, Debug, Default)]
pub(super) struct Compared {
    pub(super) states: BTreeMap<&'static str, BTreeMap<Subject, BaselineState>>,
    pub(super) gone: Vec<Gone>,
}

/// What the baseline knew and is no longer found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gone {
    /// The check's id.
    pub check: String,
    /// What it was about.
    pub subject: Subject,
    /// What it was.
    pub outcome: Outcome,
}

/// What one waiver did in a run.
#[derive(Clone, Debug)]
pub struct WaiverReview {
    /// The waiver.
    pub waiver: Arc<Waiver>,
    /// How far it is from its end.
    pub expiry: Expiry,
    /// How many findings it covers, or would cover if it had not expired.
    pub covers: usize,
    /// Why it covers nothing; `None` where it does, or where what it is about could not be found
    /// out.
    pub unused: Option<Unused>,
}

/// Why a waiver covers nothing. The order is that of nearness to being used.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unused {
    /// No source of this run fits its target.
    Target,
    /// The checks that it names do not belong to this kind of source.
    Check,
    /// All is well with what it is about.
    Fine,
    /// It names a required check by a pattern.
    ByPattern,
}

impl Unused {
    /// The reason in a clause.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "no source of this run fits its target",
            Self::Check => "no source of this run has such a check",
            Self::Fine => "nothing that it covers was found",
            Self::ByPattern => "a required check is waived by its id only, not by a pattern",
        }
    }
}

impl WaiverReview {
    /// The word used in every output format: `active`, `expiring`, `unused` or `expired`.
    pub fn state(&self) -> &'static str {
        match (self.expiry, self.unused) {
            (Expiry::Past, _) => "expired",
            (_, Some(_)) => "unused",
            (Expiry::Soon { .. }, None) => "expiring",
            (Expiry::Far, None) => "active",
        }
    }

    /// Adds what the same waiver did for another source of the run.
    fn and(&mut self, other: &Self) {
        self.covers += other.covers;
        // `None`, that it is used, wins.
        self.unused = self.unused.zip(other.unused).map(|(one, other)| one.max(other));
    }
}

impl Rulings {
    /// The waiver of a finding of a check, if it has one.
    pub fn waived(&self, check: &str, finding: &Finding) -> Option<&Waived> {
        let waived = self.waived.get(check)?.get(&finding.subject);
        waived.filter(|_| finding.outcome == Outcome::Waived)
    }

    /// The level that the catalogue gives a check whose level the user changed.
    pub fn declared_level(&self, check: &str) -> Option<Level> {
        self.levels.get(check).copied()
    }

    /// Every check whose level the user changed, by id, with the level of the catalogue.
    pub fn declared_levels(&self) -> impl Iterator<Item = (&'static str, Level)> {
        self.levels.iter().map(|(check, level)| (*check, *level))
    }

    /// The checks that were not run, in the order of the catalogue.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// How a warning or worse compares to the baseline; `None` without one.
    pub fn baseline(&self, check: &str, finding: &Finding) -> Option<BaselineState> {
        let state = self.baseline.as_ref()?.states.get(check)?.get(&finding.subject).copied();
        state.filter(|_| finding.outcome >= Outcome::Warn)
    }

    /// What the baseline knew and is no longer found; `None` without a baseline.
    pub fn gone(&self) -> Option<&[Gone]> {
        self.baseline.as_ref().map(|compared| compared.gone.as_slice())
    }

    /// Whether the baseline excuses a finding: it was there before, and it leaves the gate open.
    pub fn excuses(&self, check: &CheckInfo, finding: &Finding) -> bool {
        let lesser = finding.outcome == Outcome::Warn || check.level != Level::Required;
        lesser && self.baseline(check.id, finding) == Some(BaselineState::Unchanged)
    }

    /// What every waiver did in a run: those of one target, with the uses of all.
    pub fn review<'a>(all: impl IntoIterator<Item = &'a Self>) -> Vec<WaiverReview> {
        let mut all = all.into_iter();
        let mut reviews = all.next().map(|first| first.reviews.clone()).unwrap_or_default();
        for other in all {
            reviews.iter_mut().zip(&other.reviews).for_each(|(one, other)| one.and(other));
        }
        reviews
    }

    /// The waived findings of required checks: without their waivers the gate would be closed.
    pub(super) fn critical<'a>(
        &'a self,
        report: &'a Report,
    ) -> impl Iterator<Item = (&'static str, &'a Subject, &'a Waived)> {
        let results = report.results.iter().filter(|it| it.check.level == Level::Required);
        results.flat_map(|result| {
            let id = result.check.id;
            let waived = self.waived.get(id).into_iter().flatten();
            waived.map(move |(subject, waived)| (id, subject, waived))
        })
    }

    /// When the first of these waivers ends; `None` where there is none.
    pub(super) fn waived_until(&self, report: &Report) -> Option<Timestamp> {
        self.critical(report).map(|(.., waived)| waived.waiver.ends_at()).min()
    }
}
