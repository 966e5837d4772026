//! `completions` and `man`: what follows from the definition of the command line.

use std::io;
use std::path::{Path, PathBuf};

use cdc_checks::catalogue;
use clap::builder::PossibleValuesParser;
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell as Common;
use clap_complete_nushell::Nushell;

use super::Stopped;
use super::definition::definition;
use super::tell::Terminal;
use crate::Exit;

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  cdc-preflight completions bash > /etc/bash_completion.d/cdc-preflight
  cdc-preflight completions zsh > \"${fpath[1]}/_cdc-preflight\"
  cdc-preflight completions fish > ~/.config/fish/completions/cdc-preflight.fish
  cdc-preflight completions powershell | Out-String | Invoke-Expression
  cdc-preflight completions nushell | save cdc-preflight.nu";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  cdc-preflight man | man -l -
  cdc-preflight man events diff | man -l -
  cdc-preflight man --output-dir /usr/local/share/man/man1";

/// A shell that completes command lines.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    #[value(alias = "nu")]
    Nushell,
}

#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// The command whose page to print [default: the program's own]
    #[arg(value_name = "COMMAND", conflicts_with = "output_dir")]
    command: Vec<String>,
    /// Write every page to this folder
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

pub(super) fn completions(shell: Shell, terminal: &Terminal) -> Result<Exit, Stopped> {
    let mut command = with_check_ids(definition());
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    let out = &mut script;
    match shell {
        Shell::Bash => clap_complete::generate(Common::Bash, &mut command, name, out),
        Shell::Zsh => clap_complete::generate(Common::Zsh, &mut command, name, out),
        Shell::Fish => clap_complete::generate(Common::Fish, &mut command, name, out),
        Shell::Powershell => clap_complete::generate(Common::PowerShell, &mut command, name, out),
        Shell::Nushell => clap_complete::generate(Nushell, &mut command, name, out),
    }
    let script = String::from_utf8_lossy(&script);
    terminal.print(&match shell {
        Shell::Bash => with_its_labels(&script, command.get_name()),
        _ => script.into_owned(),
    })?;
    Ok(Exit::Open)
}

/// The script of bash where a program's name has a hyphen: clap_complete 4.6 calls a subcommand by
/// one label where it finds it, and by another where it says what it takes.
fn with_its_labels(script: &str, program: &str) -> String {
    let label = |hyphen| program.replace('-', hyphen) + "__subcmd__";
    script.replace(&label("__"), &label("__subcmd__"))
}

/// `checks explain` completes the ids of the catalogue.
fn with_check_ids(definition: Command) -> Command {
    let ids = PossibleValuesParser::new(catalogue::all().map(|check| check.id));
    definition.mut_subcommand("checks", |checks| {
        checks.mut_subcommand("explain", |explain| explain.mut_arg("id", |id| id.value_parser(ids)))
    })
}

pub(super) fn man(args: &ManArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let mut root = definition().disable_help_subcommand(true);
    root.build();
    let Some(folder) = &args.output_dir else {
        let Some(command) = find(&root, &args.command) else {
            let name = args.command.join(" ");
            terminal.error(&format!("there is no command {name:?}"));
            return Err(Exit::Usage);
        };
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command.clone()).render(&mut page);
        rendered.map_err(|error| unwritten(Path::new("-"), &error, terminal))?;
        terminal.print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Open);
    };
    let written = std::fs::create_dir_all(folder).and_then(|()| pages(&root, folder));
    let names = written.map_err(|error| unwritten(folder, &error, terminal))?;
    terminal.print(&names.concat())?;
    Ok(Exit::Open)
}

fn find<'a>(command: &'a Command, names: &[String]) -> Option<&'a Command> {
    match names {
        [] => Some(command),
        [first, rest @ ..] => find(command.find_subcommand(first)?, rest),
    }
}

/// Writes the pages of a command and of those below it; their names, one a line.
fn pages(command: &Command, folder: &Path) -> io::Result<Vec<String>> {
    let page = clap_mangen::Man::new(command.clone());
    let path = page.generate_to(folder)?;
    let mut names = vec![format!("{}\n", path.display())];
    for subcommand in command.get_subcommands() {
        names.extend(pages(subcommand, folder)?);
    }
    Ok(names)
}

fn unwritten(path: &Path, error: &io::Error, terminal: &Terminal) -> Exit {
    terminal.error(&format!("{path:?} cannot be written: {error}"));
    Exit::Internal
}
