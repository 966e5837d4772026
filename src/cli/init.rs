//! `init`: writes a configuration file, or a manifest to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::tell::Terminal;
use super::{Stopped, config};
use crate::Exit;

const MANIFEST: &str = include_str!("init/request.yaml");

pub(super) const EXAMPLES: &str = "\
Examples:
  cdc-preflight init
  cdc-preflight init ~/.config/cdc-preflight/config.toml
  cdc-preflight init --manifest
  cdc-preflight init --manifest - | less";

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The file to write, `-` for standard output [default: cdc-preflight.toml, request.yaml with
    /// --manifest]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write a manifest with a request for each engine, instead of a configuration file
    #[arg(long)]
    manifest: bool,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let (usual, text, next) = match args.manifest {
        true => ("request.yaml", MANIFEST.to_owned(), "cdc-preflight check"),
        false => (config::NAME, config::template(), "cdc-preflight config show --origin --config"),
    };
    let path = args.file.as_deref().unwrap_or(Path::new(usual));
    if path == Path::new("-") {
        terminal.print(&text)?;
        return Ok(Exit::Open);
    }
    write(path, &text, args.force).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            terminal.error(&format!("{path:?} is there already: --force overwrites it"));
            Exit::Usage
        }
        _ => {
            terminal.error(&format!("{path:?} cannot be written: {error}"));
            Exit::Usage
        }
    })?;
    let shown = path.display().to_string().escape_debug().to_string();
    terminal.print(&format!("{shown} is written. Next: {next} {shown}\n"))?;
    Ok(Exit::Open)
}

fn write(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    match force {
        true => options.write(true).create(true).truncate(true),
        false => options.write(true).create_new(true),
    };
    options.open(path)?.write_all(text.as_bytes())
}
