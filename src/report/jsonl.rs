//! The run as it goes: one JSON object a line, for programs that do not wait for the end.
//!
//! | `event` | When |
//! |---|---|
//! | `run-started` | the requests are known; the first line |
//! | `target-started` | the visit of a database begins |
//! | `target-visited` | the visit has ended, at the database or before |
//! | `finding` | one for each check and subject, what passed included, as the catalogue has it |
//! | `target-judged` | after its findings: the gate of this target |
//! | `run-ended` | how the process ends; the last line |
//!
//! Targets come in the order in which their visits end; `target` is their place among the requests.
//! With `--wait` every look at the databases is an `attempt` of its own, and the attempt that
//! `run-ended` names is the one that counts. Saved facts are judged without a visit, and a report
//! that is rendered after its run has the events that are left then, in the order of the requests.
//! There is no clock in it: the same facts, visited in the same order, give the same bytes.

use std::collections::BTreeMap;

use cdc_checks::facts::Fact;
use cdc_checks::facts::connection::Connection;
use cdc_checks::{Missing, Text};
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::v1::{self, About, Address, Exit, Gate, Tool, Unknown, rules};
use super::{RunReport, TargetReport, TargetSummary, json, tally};

/// One line. The members of each event keep this order; a minor version adds events and members.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    RunStarted(RunStarted<'a>),
    TargetStarted(Place<'a>),
    TargetVisited(Visited<'a>),
    Finding(Box<Finding<'a>>),
    TargetJudged(Judged<'a>),
    RunEnded(RunEnded<'a>),
}

/// What is going to be looked at.
#[derive(JsonSchema, Serialize)]
struct RunStarted<'a> {
    format_version: &'static str,
    tool: Tool,
    /// What is assumed in place of what the servers said.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    #[schemars(with = "Vec<String>")]
    what_if: &'a [Text],
    /// The requests, in the order in which every other report has them.
    targets: Vec<Address<'a>>,
}

/// Which target an event is about.
#[derive(JsonSchema, Serialize)]
struct Place<'a> {
    /// Its place among the targets of `run-started`, from 0.
    target: usize,
    /// `database@host:port`.
    #[schemars(with = "String")]
    source: &'a Text,
    /// Which look at the databases it is, from 1; only `--wait` takes more than one.
    attempt: u32,
}

/// How far a visit came.
#[derive(JsonSchema, Serialize)]
struct Visited<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// Whether the server accepted the account, so that it could be asked anything.
    reached: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Unknown<'a>>,
}

/// What a check came to for one subject.
#[derive(JsonSchema, Serialize)]
struct Finding<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    id: &'static str,
    level: &'static str,
    title: &'static str,
    subject: About<'a>,
}

/// What was decided about a target.
#[derive(JsonSchema, Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    gate: Gate<'a>,
    counts: BTreeMap<&'static str, usize>,
    /// The checks that the user left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<rules::LeftOut<'a>>,
    /// How the process would end if this were the only target.
    exit: Exit<'a>,
}

/// How the process ends.
#[derive(JsonSchema, Serialize)]
struct RunEnded<'a> {
    exit: Exit<'a>,
    /// What came of all targets; absent where the run ended before there was a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct Summary<'a> {
    /// The attempt that counts: what was told of others is out of date.
    attempt: u32,
    targets: usize,
    open: usize,
    closed: usize,
    /// Checks by outcome, of all targets.
    counts: BTreeMap<&'static str, usize>,
    /// Every waiver of the run, in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waivers: Vec<rules::Review<'a>>,
}

/// The lines of one run.
pub(crate) struct Lines {
    targets: Vec<TargetSummary>,
    sources: Vec<Text>,
}

impl Lines {
    /// Of a run that looks at these.
    pub(crate) fn of(targets: Vec<TargetSummary>) -> Self {
        let sources = targets.iter().map(|target| Text::new(target.name())).collect();
        Self { targets, sources }
    }

    /// The first line.
    pub(crate) fn run_started(&self, what_if: &[Text]) -> String {
        line(&Event::RunStarted(RunStarted {
            format_version: "1.0",
            tool: Tool::this(),
            what_if,
            targets: self.targets.iter().map(Address::of).collect(),
        }))
    }

    /// The visit of a target begins.
    pub(crate) fn target_started(&self, target: usize, attempt: u32) -> String {
        line(&Event::TargetStarted(self.place(target, attempt)))
    }

    /// The visit of a target has ended.
    pub(crate) fn target_visited(&self, target: usize, attempt: u32, to: &Connection) -> String {
        let missing = unreached(to);
        line(&Event::TargetVisited(Visited {
            place: self.place(target, attempt),
            reached: missing.is_none(),
            missing: missing.map(Unknown::of),
        }))
    }

    /// What was found in a target, and what was decided by it.
    pub(crate) fn target_judged(
        &self,
        target: usize,
        attempt: u32,
        report: &TargetReport,
    ) -> String {
        let mut out = String::new();
        for result in &report.report.results {
            for subject in &result.subjects {
                out.push_str(&line(&Event::Finding(Box::new(Finding {
                    place: self.place(target, attempt),
                    id: result.check.id,
                    level: result.check.level.as_str(),
                    title: result.check.title,
                    subject: About::of(result.check.id, subject, &report.rulings),
                }))));
            }
        }
        out.push_str(&line(&Event::TargetJudged(Judged {
            place: self.place(target, attempt),
            gate: Gate::of(&report.gate),
            counts: tally::by_outcome(&report.report.results),
            left_out: report.rulings.left_out().iter().map(rules::LeftOut::of).collect(),
            exit: Exit::of(&report.exit),
        })));
        out
    }

    fn place(&self, target: usize, attempt: u32) -> Place<'_> {
        Place { target, source: &self.sources[target], attempt }
    }
}

/// The last line; without a report where the run ended before there was one.
pub(crate) fn run_ended(exit: &super::Exit, report: Option<(&RunReport, u32)>) -> String {
    let summary = report.map(|(run, attempt)| {
        let open = run.targets.iter().filter(|target| target.gate.open).count();
        let results = run.targets.iter().flat_map(|target| &target.report.results);
        Summary {
            attempt,
            targets: run.targets.len(),
            open,
            closed: run.targets.len() - open,
            counts: tally::by_outcome(results),
            waivers: v1::waivers(&run.waivers),
        }
    });
    line(&Event::RunEnded(RunEnded { exit: Exit::of(exit), summary }))
}

/// Renders a report whose run is over.
pub(super) fn render(run: &RunReport) -> String {
    let lines = Lines::of(run.targets.iter().map(|target| target.target.clone()).collect());
    let mut out = lines.run_started(&run.what_if);
    for (number, target) in run.targets.iter().enumerate() {
        out.push_str(&lines.target_judged(number, 1, target));
    }
    out.push_str(&run_ended(&run.exit, Some((run, 1))));
    out
}

/// The JSON Schema (2020-12) of a line.
pub(super) fn schema() -> Schema {
    v1::schema_of::<Event<'static>>("A line of the report jsonl of cdc-preflight, version 1")
}

/// Why nobody could be asked; the first thing that did not come about.
fn unreached(to: &Connection) -> Option<&Missing> {
    match (&to.reached, &to.login) {
        (Fact::Missing(missing), _) | (_, Fact::Missing(missing)) => Some(missing),
        _ => None,
    }
}

fn line(event: &Event<'_>) -> String {
    json::compact(event) + "\n"
}
