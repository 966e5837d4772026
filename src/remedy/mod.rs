//! From reports to one script: what has to be done on a server, by whom, in which order, at what
//! cost, and how it is taken back. Nothing is ever carried out from here.
//!
//! A remedy's own order is kept, equal steps are told once, and within that the cheap comes before
//! the dear, so that there is one reload and one restart however many checks ask for one:
//!
//! ```text
//! reports -> Plan::of (merge, order) -> Part (who, at what cost) -> script, undo script, JSON
//! ```

mod json;
mod order;
mod rest;
mod script;

use std::collections::BTreeSet;

use cdc_checks::{Actor, CheckInfo, Cost, Engine, Flavour, Outcome, Step, Text};

use crate::report::TargetReport;

pub use json::render as render_json;
pub use rest::{Rest, Why};
pub use script::{render as render_script, undo as render_undo};

/// Which findings are to be cured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scope {
    /// Those that close the gate: the smallest set of changes that opens it.
    #[default]
    Gate,
    /// Every failure and every warning.
    All,
}

/// Which steps are asked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Which findings are to be cured.
    pub scope: Scope,
    /// Who carries the script out; everybody where this is empty.
    pub actors: Vec<Actor>,
    /// The dearest cost that is acceptable now; any where this is `None`.
    pub most: Option<Cost>,
}

impl Selection {
    fn takes(&self, step: &Step) -> bool {
        let who = self.actors.is_empty() || self.actors.contains(&step.actor);
        who && self.most.is_none_or(|most| order::price(step.cost) <= order::price(most))
    }
}

/// What has to be done on one server.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `host:port`.
    pub server: Text,
    /// The protocol that it speaks.
    pub engine: Engine,
    /// The product or platform, where it is known.
    pub flavour: Option<Flavour>,
    /// Which findings it is to cure.
    pub scope: Scope,
    /// The parts, in the order in which they have to be carried out.
    pub parts: Vec<Part>,
    /// What the parts do not cure.
    pub rest: Vec<Rest>,
}

/// Tasks that one person does in one go.
#[derive(Clone, Debug)]
pub struct Part {
    /// Who is able to.
    pub actor: Actor,
    /// What it costs the running system.
    pub cost: Cost,
    /// The tasks, in order.
    pub tasks: Vec<Task>,
}

/// A step, and what it is for.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is to be done.
    pub step: Step,
    /// The checks that ask for it.
    pub serves: Vec<Purpose>,
}

/// A check that asks for a step, and what it is about.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// The check.
    pub check: CheckInfo,
    /// What came of it.
    pub outcome: Outcome,
    /// The names of what it is about, at most a few.
    pub subjects: BTreeSet<Text>,
}

/// A finding with the steps that cure it.
struct Cure<'a> {
    check: CheckInfo,
    outcome: Outcome,
    subject: Text,
    taken: &'a [Step],
    left_out: &'a [Step],
}

impl Plan {
    /// One plan for each server that the reports are about, in their order.
    pub fn of(targets: &[TargetReport], selection: &Selection) -> Vec<Self> {
        let mut servers: Vec<(Text, Vec<&TargetReport>)> = Vec::new();
        for target in targets {
            let server = server(target);
            match servers.iter_mut().find(|(name, _)| *name == server) {
                Some((_, targets)) => targets.push(target),
                None => servers.push((server, vec![target])),
            }
        }
        let plans = servers.into_iter();
        plans.filter_map(|(server, targets)| Self::server(server, &targets, selection)).collect()
    }

    fn server(server: Text, targets: &[&TargetReport], selection: &Selection) -> Option<Self> {
        let cures: Vec<Cure<'_>> =
            targets.iter().flat_map(|target| cures(target, selection)).collect();
        let left = cures.iter().filter_map(Rest::of_cure);
        let unknown = targets.iter().flat_map(|target| rest::unknown(target, selection.scope));
        Some(Self {
            server,
            engine: targets.first()?.engine,
            flavour: targets.iter().find_map(|target| target.report.flavour.clone().ok()),
            scope: selection.scope,
            rest: left.chain(unknown).collect(),
            parts: parts(order::ordered(&cures)),
        })
    }

    /// Every task, in order.
    pub fn tasks(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.parts.iter().flat_map(|part| &part.tasks)
    }

    /// Whether a finding remains only because another was in its way, which the plan cures: it
    /// shows when it is looked for again.
    pub fn is_pending(&self, rest: &Rest) -> bool {
        let Why::NotReached { because } = &rest.why else { return false };
        let mut served = self.tasks().flat_map(|task| &task.serves);
        served.any(|purpose| purpose.check.id == because)
    }

    /// How often the server has to be restarted. What several people change takes one restart.
    pub fn restarts(&self) -> usize {
        let by_cost = self.parts.chunk_by(|one, other| one.cost == other.cost);
        by_cost.filter(|parts| parts.iter().any(|part| part.cost == Cost::Restart)).count()
    }
}

fn server(target: &TargetReport) -> Text {
    let host = target.target.host.untrusted();
    let port = target.target.port;
    match host.contains(':') && !host.starts_with('[') {
        true => Text::new(format!("[{host}]:{port}")),
        false => Text::new(format!("{host}:{port}")),
    }
}

fn cures<'a>(target: &'a TargetReport, selection: &'a Selection) -> impl Iterator<Item = Cure<'a>> {
    let results = target.report.results.iter();
    let results = results.filter(|it| selection.scope == Scope::All || it.closes_gate());
    results.flat_map(|result| {
        let found = result.subjects.iter().filter(|subject| match subject.finding.outcome {
            Outcome::Fail => true,
            Outcome::Warn => selection.scope == Scope::All,
            _ => false,
        });
        found.map(|subject| {
            let steps = &subject.remedy.steps;
            // What follows a step that is left out may need it.
            let taken = steps.iter().take_while(|step| selection.takes(step)).count();
            Cure {
                check: result.check,
                outcome: subject.finding.outcome,
                subject: subject.finding.subject.name(),
                taken: &steps[..taken],
                left_out: &steps[taken..],
            }
        })
    })
}

/// Neighbours that the same person does at the same cost.
fn parts(tasks: Vec<Task>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for task in tasks {
        let (actor, cost) = (task.step.actor, task.step.cost);
        match parts.last_mut() {
            Some(part) if part.actor == actor && part.cost == cost => part.tasks.push(task),
            _ => parts.push(Part { actor, cost, tasks: vec![task] }),
        }
    }
    parts
}

#[cfg(test)]
mod tests;
