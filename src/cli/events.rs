//! `events`: say which events will come out.

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
    let contracts: Vec<Contract> = examined
        .iter()
        .map(|one| Ok(contract(one, terminal)?.in_envelope(args.envelope)))
        .collect::<Result<_, Stopped>>()?;
    // The facts are as large as what is made of them.
    drop(examined);
    let Some(folder) = &args.output_dir else {
        terminal.stream(|out| events::write_all(&contracts, args.format, out))?;
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

/// The contract in one text.
pub(super) fn text(
    contract: &Contract,
    format: Format,
    terminal: &Terminal,
) -> Result<String, Stopped> {
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
