//! `schema`: what programs may rely on in the documents of this one.

use clap::Subcommand;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::report;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc-preflight schema report > report-v1.json
  cdc-preflight schema jsonl > jsonl-v1.json

`cdc-preflight config schema` prints that of the configuration file,
`cdc-preflight events --format json-schema` those of the events.";

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Of the JSON report (--report json)
    Report,
    /// Of a line of the report jsonl (--report jsonl)
    Jsonl,
}

pub(super) fn run(command: SchemaCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    terminal.print(&match command {
        SchemaCommand::Report => report::json_schema(),
        SchemaCommand::Jsonl => report::jsonl_schema(),
    })?;
    Ok(Exit::Open)
}
