//! One request from gather to gate, in the terms that every face of this program shares.

use cdc_checks::{Engine, Facts, Intent, Report, judge};

use crate::cli::Exit;
use crate::events;
use crate::gate::{Policy, Reasons, Standing};
use crate::report::{GateSummary, RunReport, TargetReport, TargetSummary};

/// One request with what was found in its database.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What was gathered.
    pub facts: Facts,
    /// What is wanted.
    pub intent: Intent,
    /// What the judge found in the facts.
    pub report: Report,
}

impl Examined {
    /// Judges the facts for what is wanted.
    pub fn new(facts: Facts, intent: Intent) -> Self {
        let report = judge(&facts, &intent);
        Self { facts, intent, report }
    }

    fn summary(&self) -> TargetSummary {
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

/// The report of a run, and how the process ends by it. Pure.
pub fn run_report(examined: &[Examined], policy: &Policy) -> (RunReport, Exit) {
    let mut overall = Exit::Open;
    let targets = examined.iter().map(|one| {
        let exit = Exit::from(Standing::of(&one.report, policy));
        overall = overall.and(exit);
        TargetReport {
            target: one.summary(),
            engine: one.intent.engine,
            report: one.report.clone(),
            gate: one.gate(),
            events: None,
            exit: exit.described(),
        }
    });
    let targets = targets.collect();
    (RunReport { targets, exit: overall.described() }, overall)
}

/// Adds to the report of these requests what events to expect, for the formats that tell it. Pure.
pub fn add_events(run: &mut RunReport, examined: &[Examined]) {
    for (target, one) in run.targets.iter_mut().zip(examined) {
        // Messages of a broker have no rows to tell of.
        let has_rows = target.engine != Engine::RabbitMq;
        target.events = has_rows.then(|| events::describe(&one.facts, &one.intent));
    }
}
