//! One request from gather to gate, in the terms that every face of this program shares.

use cdc_checks::{Engine, Facts, Intent, Report, judge};
use jiff::Timestamp;

use crate::Exit;
use crate::events;
use crate::gate::{Policy, Reasons, Rules, Rulings, Standing};
use crate::report::{GateSummary, RunReport, TargetReport, TargetSummary};
use crate::request::Origin;

/// One request with what was found in its database.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What was gathered.
    pub facts: Facts,
    /// What is wanted.
    pub intent: Intent,
    /// What the judge found in the facts, under the user's rules.
    pub report: Report,
    /// Where the request stands, or the file of saved facts; `None` where it is in no file.
    pub origin: Option<Origin>,
    /// What those rules made of it.
    pub rulings: Rulings,
}

impl Examined {
    /// Judges the facts for what is wanted.
    pub fn new(facts: Facts, intent: Intent) -> Self {
        let report = judge(&facts, &intent);
        Self { facts, intent, report, rulings: Rulings::default(), origin: None }
    }

    /// Says in which file the request, or the saved facts, can be looked at.
    #[must_use]
    pub fn found_in(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }

    /// Lays the user's rules over what the judge found; to be done once.
    #[must_use]
    pub fn under(mut self, rules: &Rules, now: Timestamp) -> Self {
        let target = self.name();
        self.rulings = rules.apply(&mut self.report, &target, now);
        self
    }

    /// The report of this request alone, and how the process would end by it. Pure.
    pub fn target_report(&self, policy: &Policy) -> (TargetReport, Exit) {
        let exit = Exit::from(Standing::of(&self.report, &self.rulings, policy));
        let report = TargetReport {
            target: self.summary(),
            origin: self.origin.clone(),
            engine: self.intent.engine,
            report: self.report.clone(),
            gate: self.gate(),
            events: None,
            rulings: self.rulings.clone(),
            exit: exit.described(),
        };
        (report, exit)
    }

    /// `database@host:port`, by which rules know the source. Untrusted.
    pub fn name(&self) -> String {
        self.summary().name()
    }

    /// What it is about.
    pub(crate) fn summary(&self) -> TargetSummary {
        let connection = &self.facts.connection;
        let operation = self.facts.request.operation;
        TargetSummary::new(operation, connection.host.clone(), connection.port, &self.intent)
    }

    fn gate(&self) -> GateSummary {
        let reasons = Reasons::closing(&self.report);
        GateSummary {
            open: reasons.is_empty(),
            reasons: reasons.iter().map(|reason| reason.line()).collect(),
        }
    }
}

/// Lays the user's rules over what was found in every database.
pub fn all_under(examined: Vec<Examined>, rules: &Rules, now: Timestamp) -> Vec<Examined> {
    examined.into_iter().map(|one| one.under(rules, now)).collect()
}

/// The report of a run, and how the process ends by it. Pure.
pub fn run_report(examined: &[Examined], policy: &Policy) -> (RunReport, Exit) {
    let mut overall = Exit::Open;
    let targets = examined.iter().map(|one| {
        let (report, exit) = one.target_report(policy);
        overall = overall.and(exit);
        report
    });
    let targets = targets.collect();
    let waivers = Rulings::review(examined.iter().map(|one| &one.rulings));
    let what_if = Vec::new();
    (RunReport { targets, what_if, waivers, exit: overall.described() }, overall)
}

/// Adds to the report of these requests what events to expect, for the formats that tell it. Pure.
pub fn add_events(run: &mut RunReport, examined: &[Examined]) {
    for (target, one) in run.targets.iter_mut().zip(examined) {
        // Messages of a broker have no rows to tell of.
        let has_rows = target.engine != Engine::RabbitMq;
        target.events = has_rows.then(|| events::describe(&one.facts, &one.intent));
    }
}
