//! The events that will come, as something to try patterns and transforms on.

use clap::Args;
use serde_json::Value;

use super::Stopped;
use super::args::SourceArgs;
use super::tell::Terminal;
use super::{events, source};
use crate::events::{Contract, Envelope, Sample, TableContract, samples, subject};
use crate::gather::LiveProbe;

/// A source whose events are tried.
#[derive(Args, Debug)]
pub(crate) struct PredictedArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The form in which the events are taken to arrive: debezium, debezium-cloudevents or dts
    #[arg(long, value_name = "ENVELOPE", default_value = "debezium", hide_possible_values = true)]
    envelope: Envelope,
}

impl PredictedArgs {
    /// Whether a source was named at all.
    pub(super) fn is_named(&self) -> bool {
        !self.source.requests.is_empty() || self.source.facts.is_some()
    }

    /// What will come, a contract for each request.
    pub(super) async fn contracts(mut self, terminal: &Terminal) -> Result<Vec<Contract>, Stopped> {
        // The events follow from the tables; a trial would prove nothing about them.
        self.source.probe = LiveProbe::Never;
        let examined = source::examine(&self.source, false, terminal).await?;
        let contract = |one| Ok(events::contract(one, terminal)?.in_envelope(self.envelope));
        examined.iter().map(contract).collect()
    }
}

/// A sample for every kind of event of a contract, each with what messages call it.
pub(super) fn named_samples(contract: &Contract) -> Vec<(String, Value)> {
    let of_table = |table: &TableContract| {
        let subject = subject(contract, &table.name).escape_debug().to_string();
        let named = |sample: Sample| (format!("{subject} {}", sample.op.as_str()), sample.event);
        samples(contract, table).into_iter().map(named).collect::<Vec<_>>()
    };
    contract.tables.iter().flat_map(of_table).collect()
}
