//! Which changes are told: those that last. Pure.
//!
//! The verdict and the event contract of a source settle each by itself. What differs from what
//! holds has to be seen in so many runs, one after the other and alike, before it holds in its
//! place and is told. A run that could not read the database says nothing of the contract: it
//! neither counts nor starts the count anew.
//!
//! With two runs needed (`A`, `B`, `C` what is seen, `.` a run that says nothing):
//!
//! | runs | told |
//! |---|---|
//! | `A A A` | nothing: the first run is what holds |
//! | `A B A B A` | nothing: it flaps |
//! | `A B B` | from A to B, with the third run |
//! | `A B C C` | from A to C, with the fourth |
//! | `A B B A A` | from A to B, and from B to A |
//! | `A . B . B` | from A to B, with the fifth |

use serde_json::json;

use super::run::Run;
use crate::events;
use crate::gate::Digest;
use crate::report::{GateState, ReportDiff};
use crate::serve::store::{Candidate, Settled, Track};

/// The runs with what holds, where they are still there.
#[derive(Clone, Copy)]
pub(super) struct Settling<'a> {
    pub(super) verdict: Option<&'a Run>,
    pub(super) contract: Option<&'a Run>,
}

/// A change that lasts.
pub(super) struct Drift<'a> {
    /// The last run in which it was otherwise.
    pub(super) before: &'a Run,
    /// The run with which it holds.
    pub(super) now: &'a Run,
    pub(super) what: Changed,
}

/// What has changed.
pub(super) enum Changed {
    /// The gate, or which checks fail.
    Verdict { before: GateState, now: GateState, diff: ReportDiff },
    /// The event contract.
    Contract(events::Diff),
}

impl Drift<'_> {
    /// The word in metrics and in the log.
    pub(super) fn kind(&self) -> &'static str {
        match self.what {
            Changed::Verdict { .. } => "verdict",
            Changed::Contract(_) => "contract",
        }
    }
}

/// What a run says beside what holds.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Seen {
    /// Nothing.
    Nothing,
    /// It is as it was.
    Same,
    /// It is otherwise; the mark tells this from everything else.
    Other(String),
}

/// What comes to be remembered with a run, and what is to be told.
pub(super) fn settle<'a>(
    source: &str,
    before: Option<&Track>,
    run: &'a Run,
    holds: Settling<'a>,
    needed: u32,
) -> (Track, Vec<Drift<'a>>) {
    let mut drifts = Vec::new();
    // What people change in a stored source is a new beginning.
    let verdict_of = holds.verdict.filter(|it| it.asks_as(run));
    let contract_of = holds.contract.filter(|it| it.asks_as(run));

    let settled = before.and_then(|track| track.verdict.as_ref());
    let verdict = match (settled, verdict_of) {
        (Some(settled), Some(then)) => {
            let (settled, has_changed) = step(settled, run, verdict(then, run), needed);
            drifts.extend(has_changed.then(|| of_verdict(then, run)).flatten());
            settled
        }
        _ => Settled { run: run.id, next: None },
    };
    let settled = before.and_then(|track| track.contract.as_ref());
    let contract = match (settled, contract_of) {
        (Some(settled), Some(then)) => {
            let diff = compared(then, run);
            let (settled, has_changed) = step(settled, run, contract(diff.as_ref()), needed);
            let drift = |diff| Drift { before: then, now: run, what: Changed::Contract(diff) };
            drifts.extend(diff.filter(|_| has_changed).map(drift));
            Some(settled)
        }
        _ => run.contracts.is_some().then_some(Settled { run: run.id, next: None }),
    };
    (Track { source: source.to_owned(), run: run.id, verdict: Some(verdict), contract }, drifts)
}

fn verdict(then: &Run, run: &Run) -> Seen {
    let now = run.verdict();
    if now == then.verdict() { Seen::Same } else { Seen::Other(now.to_string()) }
}

fn compared(then: &Run, run: &Run) -> Option<events::Diff> {
    Some(events::diff(then.contracts.as_ref()?, run.contracts.as_ref()?))
}

fn contract(diff: Option<&events::Diff>) -> Seen {
    match diff {
        None => Seen::Nothing,
        Some(diff) if diff.changes.is_empty() => Seen::Same,
        Some(diff) => Seen::Other(Digest::of(&json!(diff.changes)).to_string()),
    }
}

fn of_verdict<'a>(then: &'a Run, run: &'a Run) -> Option<Drift<'a>> {
    let diff = ReportDiff::between(&then.saved()?, &run.saved()?);
    let what = Changed::Verdict { before: then.gate, now: run.gate, diff };
    Some(Drift { before: then, now: run, what })
}

/// One step of what holds: with what was seen in a run, and whether that holds now.
fn step(settled: &Settled, run: &Run, seen: Seen, needed: u32) -> (Settled, bool) {
    match count(settled.next.as_ref(), seen, needed) {
        Step::Unchanged => (settled.clone(), false),
        Step::Holds => (Settled { run: run.id, next: None }, false),
        Step::Candidate(next) => (Settled { run: settled.run, next: Some(next) }, false),
        Step::Settles => (Settled { run: run.id, next: None }, true),
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Step {
    /// Nothing was learnt.
    Unchanged,
    /// What holds was seen again.
    Holds,
    /// Something else was seen, and not often enough.
    Candidate(Candidate),
    /// Something else was seen often enough, and holds now.
    Settles,
}

fn count(next: Option<&Candidate>, seen: Seen, needed: u32) -> Step {
    let mark = match seen {
        Seen::Nothing => return Step::Unchanged,
        Seen::Same => return Step::Holds,
        Seen::Other(mark) => mark,
    };
    let before = next.filter(|next| next.mark == mark).map_or(0, |next| next.seen);
    match before.saturating_add(1) {
        seen if seen >= needed => Step::Settles,
        seen => Step::Candidate(Candidate { mark, seen }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a sequence of runs: the number of the run, and from what to what.
    fn told(runs: &str, needed: u32) -> Vec<String> {
        let (mut holds, mut next, mut told) = (None, None, Vec::new());
        for (number, now) in runs.chars().filter(|c| *c != ' ').enumerate() {
            let seen = match (holds, now) {
                (_, '.') => Seen::Nothing,
                // The first run that says something is what holds.
                (None, now) => {
                    holds = Some(now);
                    continue;
                }
                (Some(holds), now) if holds == now => Seen::Same,
                (Some(_), now) => Seen::Other(now.to_string()),
            };
            match count(next.as_ref(), seen, needed) {
                Step::Unchanged => {}
                Step::Holds => next = None,
                Step::Candidate(candidate) => next = Some(candidate),
                Step::Settles => {
                    told.push(format!("{}: {}>{now}", number + 1, holds.unwrap_or('-')));
                    (holds, next) = (Some(now), None);
                }
            }
        }
        told
    }

    #[test]
    fn only_what_lasts_is_told() {
        for (runs, needed, expected) in [
            ("", 2, &[][..]),
            ("A A A A", 2, &[]),
            ("A B A B A B A", 2, &[]),
            ("A B B", 2, &["3: A>B"]),
            ("A B B B B", 2, &["3: A>B"]),
            ("A B C B C", 2, &[]),
            ("A B C C", 2, &["4: A>C"]),
            ("A B B A A", 2, &["3: A>B", "5: B>A"]),
            ("A B B A B B", 2, &["3: A>B"]),
            ("A . B . B", 2, &["5: A>B"]),
            (". . A . .", 2, &[]),
            (". A B B", 2, &["4: A>B"]),
            ("A B . A B", 2, &[]),
            ("A B A B", 1, &["2: A>B", "3: B>A", "4: A>B"]),
            ("A . B", 1, &["3: A>B"]),
            ("A B B A B B B", 3, &["7: A>B"]),
            ("A B . B . B", 3, &["6: A>B"]),
            ("A B B C B B B", 3, &["7: A>B"]),
        ] {
            assert_eq!(told(runs, needed), expected, "{runs}, {needed} needed");
        }
    }
}
