//! `schema`: what programs may rely on in the documents of this one.

use clap::Subcommand;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::report;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc-preflight schema report > report-v1.json

`cdc-preflight config schema` prints that of the configuration file,
`cdc-preflight events --format json-schema` those of the events.";

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Of the JSON report (--report json)
    Report,
}

pub(super) fn run(command: SchemaCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        SchemaCommand::Report => terminal.print(&report::json_schema())?,
    }
    Ok(Exit::Open)
}
