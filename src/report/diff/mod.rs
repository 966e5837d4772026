//! What changed from one saved report to another.

mod render;

use std::collections::BTreeMap;

use cdc_checks::{Level, Outcome, Subject, Text};
use serde::Serialize;

use super::saved::{GateState, Saved, SavedResult, SavedTarget};

pub use render::render as render_diff;

/// What changed from one report to another.
#[derive(Clone, Debug, Serialize)]
pub struct ReportDiff {
    /// The targets of the new report in its order, and then those that it no longer has.
    pub targets: Vec<TargetDiff>,
}

/// What changed for one target.
#[derive(Clone, Debug, Serialize)]
pub struct TargetDiff {
    /// The operation of its request.
    pub operation: String,
    /// `database@host:port`, as the newer report has it.
    pub target: Text,
    /// The name in the old report, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Text>,
    /// The gate before; `None` where the old report does not have the target.
    pub gate_before: Option<GateState>,
    /// The gate now; `None` where the new report does not have it.
    pub gate_now: Option<GateState>,
    /// The findings that are or were a warning or worse, in the order of the reports.
    pub changes: Vec<Change>,
}

/// One finding, before and now.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// The check's id.
    pub check: String,
    /// The check's title.
    pub title: String,
    /// What it is about.
    pub subject: Subject,
    /// What was found before, if anything was.
    pub before: Option<Side>,
    /// What is found now, if anything is.
    pub now: Option<Side>,
}

/// A finding in one of the reports.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Side {
    /// The level that the check had.
    pub level: Level,
    /// What came of it.
    pub outcome: Outcome,
    /// The value that was needed.
    pub expected: Option<Text>,
    /// The value that was found.
    pub observed: Option<Text>,
}

/// What became of a finding. The order is that in which people are told.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is there now and was not before.
    New,
    /// It was there, and is another now: its outcome, its level or its values.
    Changed,
    /// It was there, and all is well now.
    Fixed,
    /// It was there, and nobody looked or could look this time.
    Unknown,
    /// It was there and is there.
    Still,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::New, Self::Changed, Self::Fixed, Self::Unknown, Self::Still];

    /// The word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Fixed => "fixed",
            Self::Unknown => "unknown",
            Self::Still => "still",
        }
    }
}

impl Side {
    fn is_bad(&self) -> bool {
        self.outcome >= Outcome::Warn
    }

    fn closes_gate(&self) -> bool {
        self.level == Level::Required && self.outcome > Outcome::Warn
    }
}

impl Change {
    /// Whether it closes the gate and did not before.
    pub fn is_new_failure(&self) -> bool {
        let closes = |side: &Option<Side>| side.as_ref().is_some_and(Side::closes_gate);
        closes(&self.now) && !closes(&self.before)
    }

    /// Whether it is a warning or worse, and was not or was less grave before.
    pub fn is_worse(&self) -> bool {
        let outcome = |side: &Option<Side>| side.as_ref().map(|side| side.outcome);
        let is_bad = self.now.as_ref().is_some_and(Side::is_bad);
        is_bad && outcome(&self.now) > outcome(&self.before) || self.is_new_failure()
    }
}

impl ReportDiff {
    /// Compares two reports. Targets are matched by operation and address, else by address; two
    /// reports on one target each are compared whatever its address.
    pub fn between(old: &Saved, new: &Saved) -> Self {
        let mut left: Vec<&SavedTarget> = old.targets.iter().collect();
        let single = old.targets.len() == 1 && new.targets.len() == 1;
        let mut targets = Vec::new();
        for now in &new.targets {
            let same_name = |it: &&SavedTarget| it.target.name() == now.target.name();
            let same =
                |it: &&SavedTarget| same_name(it) && it.target.operation == now.target.operation;
            let found = left.iter().position(same);
            let found = found.or_else(|| left.iter().position(same_name));
            let found = found.or_else(|| single.then_some(0));
            targets.push(TargetDiff::between(found.map(|at| left.remove(at)), Some(now)));
        }
        targets.extend(left.into_iter().map(|gone| TargetDiff::between(Some(gone), None)));
        Self { targets }
    }

    /// Every change of every target.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.targets.iter().flat_map(|target| &target.changes)
    }

    /// How many findings became what.
    pub fn count(&self, kind: Kind) -> usize {
        self.changes().filter(|change| change.kind == kind).count()
    }
}

impl TargetDiff {
    fn between(old: Option<&SavedTarget>, new: Option<&SavedTarget>) -> Self {
        let name = |target: &SavedTarget| Text::new(target.target.name());
        let (old_name, new_name) = (old.map(name), new.map(name));
        let operation = new.or(old).map(|target| target.target.operation.clone());
        Self {
            operation: operation.unwrap_or_default(),
            was: old_name.clone().filter(|was| new_name.as_ref().is_some_and(|is| is != was)),
            target: new_name.or(old_name).unwrap_or_default(),
            gate_before: old.map(|target| target.gate.state),
            gate_now: new.map(|target| target.gate.state),
            changes: changes(old, new),
        }
    }
}

/// The findings of a target by check and subject, of several on one subject the heaviest; and the
/// order in which they come.
type Sides<'a> = BTreeMap<(&'a str, Subject), (&'a SavedResult, Side)>;

fn sides(target: Option<&SavedTarget>) -> (Sides<'_>, Vec<(&str, Subject)>) {
    let (mut sides, mut order) = (Sides::new(), Vec::new());
    let results = target.into_iter().flat_map(|target| &target.results);
    for (result, saved) in results.flat_map(|it| it.subjects.iter().map(move |one| (it, one))) {
        let Some(subject) = saved.subject() else { continue };
        let side = Side {
            level: result.level,
            outcome: saved.outcome,
            expected: saved.expected.clone(),
            observed: saved.observed.clone(),
        };
        let key = (result.id.as_str(), subject);
        match sides.get(&key) {
            Some((_, known)) if known.outcome >= side.outcome => {}
            Some(_) => {
                sides.insert(key, (result, side));
            }
            None => {
                order.push(key.clone());
                sides.insert(key, (result, side));
            }
        }
    }
    (sides, order)
}

fn changes(old: Option<&SavedTarget>, new: Option<&SavedTarget>) -> Vec<Change> {
    let (mut before, old_order) = sides(old);
    let (now, mut order) = sides(new);
    order.extend(old_order.into_iter().filter(|key| !now.contains_key(key)));
    let mut changes: Vec<Change> = order
        .into_iter()
        .filter_map(|key| {
            let (before, now) = (before.remove(&key), now.get(&key).cloned());
            let result = now.as_ref().or(before.as_ref())?.0;
            let (before, now) = (before.map(|it| it.1), now.map(|it| it.1));
            let kind = kind(before.as_ref(), now.as_ref(), || is_settled(new, key.0))?;
            let (check, title) = (result.id.clone(), result.title.clone());
            Some(Change { kind, check, title, subject: key.1, before, now })
        })
        .collect();
    changes.sort_by_key(|change| change.kind);
    changes
}

/// What became of a finding; `None` of what was and is no finding to speak of.
fn kind(
    before: Option<&Side>,
    now: Option<&Side>,
    is_settled: impl FnOnce() -> bool,
) -> Option<Kind> {
    let is_bad = |side: Option<&Side>| side.is_some_and(Side::is_bad);
    match (is_bad(before), is_bad(now)) {
        (false, false) => None,
        (true, true) if before == now => Some(Kind::Still),
        (true, true) => Some(Kind::Changed),
        (false, true) => match before.map(|side| side.outcome) {
            // What had been accepted is no longer.
            Some(Outcome::Waived) => Some(Kind::Changed),
            _ => Some(Kind::New),
        },
        (true, false) => match now.map(|side| side.outcome) {
            // It is accepted, not fixed.
            Some(Outcome::Waived) => Some(Kind::Changed),
            Some(_) => Some(Kind::Fixed),
            None if is_settled() => Some(Kind::Fixed),
            None => Some(Kind::Unknown),
        },
    }
}

/// Whether a check was run and found everything out: only then is silence about a subject good.
fn is_settled(target: Option<&SavedTarget>, check: &str) -> bool {
    let results = target.into_iter().flat_map(|target| &target.results);
    let mut of_check = results.filter(|result| result.id == check).peekable();
    let unknown = |outcome| matches!(outcome, Outcome::Blocked | Outcome::Undetermined);
    of_check.peek().is_some()
        && of_check.all(|it| it.subjects.iter().all(|subject| !unknown(subject.outcome)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn report(results: Value) -> Saved {
        reports(&[("h", results)])
    }

    fn reports(targets: &[(&str, Value)]) -> Saved {
        let targets: Vec<Value> = targets
            .iter()
            .map(|(host, results)| {
                json!({
                    "target": { "operation": "configureMySQLSource", "host": host, "port": 1,
                                "database": "d" },
                    "gate": { "state": "open" },
                    "results": results,
                })
            })
            .collect();
        let text = json!({ "format_version": "1.1", "targets": targets }).to_string();
        Saved::parse(&text).expect("a report")
    }

    fn result(level: &str, outcome: &str, observed: &str) -> Value {
        let subject =
            json!({ "name": "s.t", "kind": "table", "outcome": outcome, "observed": observed });
        json!([{ "id": "a/b", "title": "t", "level": level, "subjects": [subject] }])
    }

    #[test]
    fn a_finding_is_new_changed_fixed_unknown_or_still_there() {
        let none = || json!([]);
        let server = |outcome: &str| {
            let subject = json!({ "name": "server", "kind": "server", "outcome": outcome });
            json!([{ "id": "a/b", "level": "required", "subjects": [subject] }])
        };
        let required = |outcome: &str| result("required", outcome, "x");
        for (old, new, kinds, failure) in [
            (required("pass"), required("fail"), vec![Kind::New], true),
            (none(), required("warn"), vec![Kind::New], false),
            (none(), result("recommended", "undetermined", "x"), vec![Kind::New], false),
            (required("warn"), required("fail"), vec![Kind::Changed], true),
            (required("fail"), result("required", "fail", "y"), vec![Kind::Changed], false),
            (result("recommended", "blocked", "x"), required("blocked"), vec![Kind::Changed], true),
            (required("waived"), required("fail"), vec![Kind::Changed], true),
            (required("fail"), required("waived"), vec![Kind::Changed], false),
            (required("fail"), required("pass"), vec![Kind::Fixed], false),
            (required("fail"), server("pass"), vec![Kind::Fixed], false),
            (required("fail"), server("blocked"), vec![Kind::New, Kind::Unknown], true),
            (required("fail"), none(), vec![Kind::Unknown], false),
            (required("fail"), required("fail"), vec![Kind::Still], false),
            (required("pass"), required("not-applicable"), vec![], false),
        ] {
            let diff = ReportDiff::between(&report(old.clone()), &report(new.clone()));
            let found: Vec<Kind> = diff.changes().map(|change| change.kind).collect();
            assert_eq!(found, kinds, "{old} {new}");
            assert_eq!(diff.changes().any(Change::is_new_failure), failure, "{old} {new}");
        }
    }

    #[test]
    fn targets_are_matched_by_address_whatever_their_order() {
        let fail = || result("required", "fail", "x");
        let old = reports(&[("a", fail()), ("b", json!([]))]);
        let new = reports(&[("b", fail()), ("a", fail()), ("c", fail())]);
        let diff = ReportDiff::between(&old, &new);
        let kinds: Vec<Kind> = diff.changes().map(|change| change.kind).collect();
        assert_eq!(kinds, [Kind::New, Kind::Still, Kind::New]);
        let gone = ReportDiff::between(&new, &old);
        assert_eq!(gone.targets.len(), 3);
        assert_eq!(gone.targets[2].gate_now, None);
        // Of the one target nobody looks any more, of the other not at this check.
        assert_eq!(gone.count(Kind::Unknown), 2);
    }

    #[test]
    fn two_single_targets_are_compared_although_their_addresses_differ() {
        let fail = || result("required", "fail", "x");
        let diff = ReportDiff::between(&reports(&[("a", fail())]), &reports(&[("b", fail())]));
        assert_eq!(diff.count(Kind::Still), 1);
        assert_eq!(diff.targets[0].was, Some(Text::new("d@a:1")));
    }
}
