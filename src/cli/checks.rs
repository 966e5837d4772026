//! `checks list`, `checks explain` and `checks site`: the catalogue.

use std::path::PathBuf;

use cdc_checks::catalogue;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::pages;

#[derive(Debug, Subcommand)]
pub(crate) enum ChecksCommand {
    /// List every check
    List {
        /// How to print it
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
        format: ListFormat,
    },
    /// Print a check's page
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Write every page as a site of plain files, which needs no server
    #[command(after_help = SITE_EXAMPLES)]
    Site(SiteArgs),
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  cdc-preflight checks explain mysql/binlog-format
  cdc-preflight checks explain postgres/wal-level --format markdown
  cdc-preflight --lang zh checks explain mysql/binlog-format";

const SITE_EXAMPLES: &str = "\
Examples:
  cdc-preflight checks site --output-dir public/checks
  cdc-preflight checks site --index > docs/checks/README.md";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ListFormat {
    /// One line each
    #[default]
    Human,
    /// A JSON array
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The check's id, for example mysql/binlog-format
    id: String,
    /// human, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: pages::Format,
}

#[derive(Args, Debug)]
pub(crate) struct SiteArgs {
    /// The folder to write to; it is made where it is missing
    #[arg(long, value_name = "DIR", required_unless_present = "index")]
    output_dir: Option<PathBuf>,
    /// Print the list of all checks as Markdown instead
    #[arg(long, conflicts_with = "output_dir")]
    index: bool,
}

pub(super) fn run(command: ChecksCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        ChecksCommand::List { format } => list(format, terminal),
        ChecksCommand::Explain(args) => explain(&args, terminal),
        ChecksCommand::Site(args) => site(&args, terminal),
    }
}

fn list(format: ListFormat, terminal: &Terminal) -> Result<Exit, Stopped> {
    let text = match format {
        ListFormat::Human => {
            let lines = catalogue::all().map(|check| {
                let title = check.title_in(terminal.language());
                format!("{:<32} {:<13}  {title}\n", check.id, check.level.as_str())
            });
            lines.collect()
        }
        ListFormat::Json => {
            let checks = catalogue::all().map(|check| {
                json!({
                    "id": check.id,
                    "area": check.area(),
                    "level": check.level,
                    "title": check.title,
                    "tags": check.tags,
                })
            });
            format!("{:#}\n", checks.collect::<serde_json::Value>())
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Open)
}

fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let id = &args.id;
    let Some(check) = catalogue::find(id) else {
        let near = catalogue::all()
            .map(|check| (strsim::jaro_winkler(check.id, id), check.id))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let hint = near.filter(|(likeness, _)| *likeness > 0.7);
        let hint = hint.map(|(_, id)| format!("; did you mean {id}?")).unwrap_or_default();
        terminal.error(&format!("there is no check {id:?}{hint}"));
        terminal.note("`cdc-preflight checks list` names them all");
        return Err(Exit::Usage);
    };
    terminal.print(&pages::explain(&check, args.format, &terminal.report_options(false)))?;
    Ok(Exit::Open)
}

fn site(args: &SiteArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let Some(folder) = &args.output_dir else {
        terminal.print(&pages::markdown_index())?;
        return Ok(Exit::Open);
    };
    let files = pages::write_site(folder, terminal.language()).map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Internal
    })?;
    terminal.print(&format!("{files} files in {}\n", folder.display()))?;
    Ok(Exit::Open)
}
