//! A run of a stored source, as far as it is compared with others.

use cdc_checks::{Engine, Outcome};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::events::{self, Contract};
use crate::gate::Digest;
use crate::report::{self, Format, GateState, RunReport, Saved};
use crate::serve::jobs::Found;
use crate::serve::store::{Preflight, RunOptions};

/// A finished run.
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) finished_at: Timestamp,
    pub(super) gate: GateState,
    /// The event contracts of all databases; `None` where that of one could not be told.
    pub(super) contracts: Option<Vec<Contract>>,
    report: RunReport,
    asked: (Option<String>, Option<String>, RunOptions),
}

impl Run {
    /// What a preflight found; `None` where that cannot be read.
    pub(super) fn read(preflight: Preflight) -> Option<Self> {
        let found = Found::read(preflight.result.as_deref()?, preflight.options).ok()?;
        let rows = found.examined.iter().filter(|one| one.intent.engine != Engine::RabbitMq);
        let contracts = rows.map(|one| events::describe(&one.facts, &one.intent));
        Some(Self {
            id: preflight.id,
            finished_at: preflight.finished_at.unwrap_or(preflight.created_at),
            gate: GateState::of(preflight.is_open?),
            contracts: contracts.collect::<Result<_, _>>().ok(),
            report: found.report(),
            asked: (preflight.document, preflight.action, preflight.options),
        })
    }

    /// Whether the same was asked for: what people change in a stored source is no drift.
    pub(super) fn asks_as(&self, other: &Self) -> bool {
        self.asked == other.asked
    }

    /// Tells a verdict from another: the gate, and the checks of each database that fail or could
    /// not be judged. What was not reached because of one of them follows from it.
    pub(super) fn verdict(&self) -> Digest {
        let failing = self.report.targets.iter().flat_map(|target| {
            let results = target.report.results.iter();
            let failing = results.filter(|result| result.outcome >= Outcome::Undetermined);
            let (operation, name) = (target.target.operation.as_str(), target.target.name());
            failing.map(move |it| json!([operation, name, it.check.id, it.outcome.as_str()]))
        });
        let failing: Vec<_> = failing.collect();
        Digest::of(&json!({ "gate": self.gate.as_str(), "failing": failing }))
    }

    /// The report, to be compared with another. One that was just written can be read.
    pub(super) fn saved(&self) -> Option<Saved> {
        let text = report::render(Format::Json, &self.report, &report::Options::default());
        Saved::parse(&text)
            .inspect_err(|error| tracing::error!(%error, "a report cannot be compared"))
            .ok()
    }
}
