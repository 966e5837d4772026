//! What a report of before had found, so that only what is new counts.

use std::collections::BTreeMap;

use cdc_checks::{Outcome, Subject};

/// The findings of a report of before. They excuse warnings, and nothing that closes the gate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Baseline(BTreeMap<String, BTreeMap<(String, Subject), Outcome>>);

/// How a finding compares to the baseline.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BaselineState {
    /// It was not there, or it was less grave.
    New,
    /// It was there.
    Unchanged,
}

impl BaselineState {
    /// The word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Baseline {
    /// Adds what was found on a target, `database@host:port`. Of several findings of a check on one
    /// subject the heaviest counts.
    pub fn add(&mut self, target: &str, check: &str, subject: Subject, outcome: Outcome) {
        let known = self.0.entry(target.to_owned()).or_default();
        let before = known.entry((check.to_owned(), subject)).or_insert(outcome);
        *before = outcome.max(*before);
    }

    /// How a finding compares.
    pub fn compare(
        &self,
        target: &str,
        check: &str,
        subject: &Subject,
        outcome: Outcome,
    ) -> BaselineState {
        let known = self.0.get(target);
        let before = known.and_then(|known| known.get(&(check.to_owned(), subject.clone())));
        match before {
            Some(before) if *before >= outcome => BaselineState::Unchanged,
            _ => BaselineState::New,
        }
    }

    /// What was a warning or worse on a target: check, subject and outcome, by check and subject.
    pub fn findings(&self, target: &str) -> impl Iterator<Item = (&str, &Subject, Outcome)> {
        let known = self.0.get(target).into_iter().flatten();
        let found = known.filter(|(_, outcome)| **outcome >= Outcome::Warn);
        found.map(|((check, subject), outcome)| (check.as_str(), subject, *outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_as_grave_before_is_known() {
        let table = |name: &str| Subject::Table(name.into());
        let mut baseline = Baseline::default();
        baseline.add("d@h:1", "a/b", table("t"), Outcome::Warn);
        baseline.add("d@h:1", "a/b", table("u"), Outcome::Undetermined);
        baseline.add("d@h:1", "a/b", table("u"), Outcome::Pass);
        for (target, check, subject, outcome, state) in [
            ("d@h:1", "a/b", "t", Outcome::Warn, BaselineState::Unchanged),
            ("d@h:1", "a/b", "t", Outcome::Fail, BaselineState::New),
            ("d@h:1", "a/b", "u", Outcome::Warn, BaselineState::Unchanged),
            ("d@h:1", "a/b", "v", Outcome::Warn, BaselineState::New),
            ("d@h:1", "a/c", "t", Outcome::Warn, BaselineState::New),
            ("d@h:2", "a/b", "t", Outcome::Warn, BaselineState::New),
        ] {
            let found = baseline.compare(target, check, &table(subject), outcome);
            assert_eq!(found, state, "{target} {check} {subject}");
        }
        assert_eq!(baseline.findings("d@h:1").count(), 2);
        assert_eq!(baseline.findings("d@h:2").count(), 0);
    }
}
