//! The configuration file: defaults for flags.
//!
//! Nothing in it has a definition of its own. A key has the name of a flag, takes what the flag
//! takes, and becomes the flag's default; so a flag wins over its variable, the variable over the
//! file, and the file over what is built in. Keys at the top hold for every command that has the
//! flag; those in a table named after a command hold for that command.

mod file;
mod key;
mod schema;
mod search;
mod show;
mod template;

use std::ffi::OsString;

use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

pub(super) use file::{Setting, pairs};
pub(super) use search::{FileArgs, NAME};
pub(super) use template::template;

use super::Stopped;
use super::args::Cli;
use super::definition::{definition, variable_of};
use super::tell::Terminal;
use crate::Exit;
use crate::report::ColorChoice;
use file::Config;
use key::Keys;
use show::ShowArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show what holds for a command, and where each value comes from
    #[command(after_help = show::EXAMPLES)]
    Show(ShowArgs),
    /// Print the JSON Schema of the configuration file
    Schema,
}

/// Understands a command line, with the configuration file beneath it where the command has one.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, Exit> {
    let matches = matched(definition(), arguments)?;
    let terminal = Terminal::new(matches.get_one("color").copied().unwrap_or_default());
    let reads = matches.subcommand_name().is_some_and(|name| key::COMMANDS.contains(&name));
    let config = if reads { Config::find(&typed::<FileArgs>(&matches)?, &terminal)? } else { None };
    let Some(config) = config else { return typed(&matches) };
    let mut cli: Cli = typed(&matched(config.beneath(definition()), arguments)?)?;
    if let Some((command, connector)) = cli.command.connector_mut() {
        connector.beneath(config.named(command, "threshold"), config.named(command, "property"));
    }
    if let Some((command, rules)) = cli.command.rules_mut() {
        rules.beneath(config.named(command, "level"), config.waivers());
    }
    Ok(cli)
}

fn matched(definition: Command, arguments: &[OsString]) -> Result<ArgMatches, Exit> {
    definition.try_get_matches_from(arguments).map_err(|error| told(&error, arguments))
}

fn typed<T: FromArgMatches>(matches: &ArgMatches) -> Result<T, Exit> {
    T::from_arg_matches(matches).map_err(|error| told(&error.format(&mut definition()), &[]))
}

/// Help and version come as errors as well, on standard output.
fn told(error: &clap::Error, arguments: &[OsString]) -> Exit {
    // A reader that has gone away is no error.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Open;
    }
    if let Some(name) = variable_of(error, arguments) {
        Terminal::new(ColorChoice::default())
            .note(&format!("note: the value is the one of the variable {name}"));
    }
    Exit::Usage
}

/// `config`.
pub(super) fn run(
    command: &ConfigCommand,
    file: &FileArgs,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    match command {
        ConfigCommand::Show(args) => show::run(args, file, terminal),
        ConfigCommand::Schema => {
            terminal.print(&format!("{:#}\n", schema::schema(&Keys::of(&definition()))))?;
            Ok(Exit::Open)
        }
    }
}
