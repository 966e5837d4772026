//! What a call and the events after it will cost.

use std::path::Path;

use cdc_checks::log_bytes_per_hour;
use serde_json::Value;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::pricing::{Costs, Measured, costs};
use crate::events;
use crate::preflight::Examined;
use crate::request::Operation;

/// The costs of a request whose database was visited.
pub(super) fn of_database(operation: Operation, examined: &Examined) -> Costs {
    let measured = Measured {
        log_bytes_per_hour: log_bytes_per_hour(&examined.facts),
        row_bytes: row_bytes(examined),
    };
    costs(operation, Some(examined.intent.engine), measured)
}

/// The costs of a call of which nothing was measured.
pub(super) fn of_call(operation: Operation) -> Costs {
    costs(operation, None, Measured::default())
}

/// The rows of an average event, by the statistics of those tables that have them.
fn row_bytes(examined: &Examined) -> Option<u64> {
    let contract = events::describe(&examined.facts, &examined.intent).ok()?;
    let known: Vec<u64> =
        contract.tables.iter().filter_map(|table| table.size.average_row_bytes()).collect();
    let sum = known.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    sum.checked_div(known.len() as u64)
}

/// Writes costs as JSON to a file.
pub(super) fn save(path: &Path, all: &[Costs], terminal: &Terminal) -> Result<(), Stopped> {
    let written = serde_json::to_string_pretty(all)
        .map_err(std::io::Error::other)
        .and_then(|text| std::fs::write(path, text + "\n"));
    written.map_err(|error| {
        terminal.error(&format!("cannot write the costs to {path:?}: {error}"));
        Exit::Internal
    })
}

/// Costs as a member of another document.
pub(super) fn json(costs: &Costs) -> Value {
    serde_json::to_value(costs).unwrap_or_default()
}
