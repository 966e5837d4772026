//! `events`: say which events will come out.

use std::path::PathBuf;

use cdc_checks::{Engine, Text};
use clap::{Args, Subcommand};

use super::Stopped;
use super::args::SourceArgs;
use super::events_diff::{self, DiffArgs};
use super::source;
use super::tell::Terminal;
use crate::Exit;
use crate::events::{self, Contract, Format};
use crate::gather::LiveProbe;
use crate::preflight::Examined;
use crate::report::escape_terminal;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc-preflight events request.yaml
  cdc-preflight events request.yaml --format json-schema --output-dir schemas
  cdc-preflight events request.yaml --format asyncapi > asyncapi.json
  cdc-preflight events request.yaml --format samples --envelope debezium-cloudevents
  cdc-preflight events request.yaml --format markdown >> pull-request.md
  cdc-preflight events --facts facts.json --format json > contract.json
  cdc-preflight events diff contract.json request.yaml";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<EventsCommand>,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// human, json, json-schema, asyncapi, samples or markdown
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) format: events::Format,
    /// The form in which the events are taken to arrive: debezium, debezium-cloudevents or dts
    #[arg(long, value_name = "ENVELOPE", default_value = "debezium", hide_possible_values = true)]
    pub(crate) envelope: events::Envelope,
    /// A folder to write to: a file per table of json-schema and samples, else one per request
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Say what changes for consumers from one contract to another
    #[command(after_help = events_diff::EXAMPLES)]
    Diff(Box<DiffArgs>),
}

pub(super) async fn run(mut args: EventsArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    if let Some(EventsCommand::Diff(args)) = args.command {
        return events_diff::run(*args, terminal).await;
    }
    // The events follow from the tables; a trial would prove nothing about them.
    args.source.probe = LiveProbe::Never;
    let examined = source::examine(&args.source, false, terminal).await?;
    let messages: Vec<String> = examined.iter().filter_map(message_events).collect();
    if !messages.is_empty() && (args.format != Format::Human || args.output_dir.is_some()) {
        terminal.error(
            "messages of a broker have no schema that could be told: only --format human says what \
             their events look like",
        );
        return Err(Exit::Usage);
    }
    let contracts: Vec<Contract> = examined
        .iter()
        .filter(|one| one.intent.engine != Engine::RabbitMq)
        .map(|one| Ok(contract(one, terminal)?.in_envelope(args.envelope)))
        .collect::<Result<_, Stopped>>()?;
    // The facts are as large as what is made of them.
    drop(examined);
    let Some(folder) = &args.output_dir else {
        if !contracts.is_empty() {
            terminal.stream(|out| events::write_all(&contracts, args.format, out))?;
        }
        messages.iter().try_for_each(|text| terminal.print(text))?;
        return Ok(Exit::Open);
    };
    for contract in &contracts {
        let written = events::write_files(contract, args.format, folder).map_err(|error| {
            terminal.error(&format!("{error}: {}", error.source));
            Exit::Internal
        })?;
        let names = written.iter().map(|path| format!("{}\n", path.display()));
        terminal.print(&names.collect::<String>())?;
    }
    Ok(Exit::Open)
}

/// What to expect of a source, for people.
pub(super) fn expected(one: &Examined, terminal: &Terminal) -> Result<String, Stopped> {
    match message_events(one) {
        Some(messages) => Ok(messages),
        None => text(&contract(one, terminal)?, Format::Human, terminal),
    }
}

/// The shape of a broker's events; `None` for databases.
fn message_events(one: &Examined) -> Option<String> {
    let text = events::message_events(&one.intent)?;
    let lines = text.untrusted().lines().map(|line| escape_terminal(&Text::new(line)));
    Some(lines.map(|line| format!("{line}\n")).collect())
}

/// The contract in one text.
fn text(contract: &Contract, format: Format, terminal: &Terminal) -> Result<String, Stopped> {
    events::render(contract, format).map_err(|error| {
        terminal.error(&format!("the events cannot be written: {error}"));
        Exit::Internal
    })
}

/// What will come out of one database, where it could be read.
pub(super) fn contract(one: &Examined, terminal: &Terminal) -> Result<Contract, Stopped> {
    events::describe(&one.facts, &one.intent).map_err(|missing| {
        let reason = escape_terminal(&missing.sentence());
        terminal.error(&format!("the events cannot be told: {reason}"));
        terminal.note("`cdc-preflight check` says why");
        Exit::Undetermined
    })
}
