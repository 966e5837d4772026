//! `events`: say which events will come out.

use cdc_checks::{Engine, Text};

use super::Stopped;
use super::args::{EventsArgs, EventsCommand};
use super::events_diff;
use super::exit::Exit;
use super::source;
use super::tell::Terminal;
use crate::events::{self, Contract, Format};
use crate::gather::LiveProbe;
use crate::preflight::Examined;
use crate::report::escape_terminal;

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
