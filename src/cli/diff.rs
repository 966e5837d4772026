//! `diff`: what changed from one report to another.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Stopped;
use super::rules::saved_report;
use super::tell::Terminal;
use crate::Exit;
use crate::events::DiffFormat;
use crate::report::{self, Change, ReportDiff};

pub(super) const EXAMPLES: &str = "\
A finding is new, changed (its outcome, level or values), fixed, still there, or unknown: it was
there, and its check was not run or could not look this time. Targets are matched by operation and
database@host:port; two reports on one target each are compared whatever its address.

Examples:
  cdc-preflight check request.yaml --report json=before.json
  cdc-preflight diff before.json after.json
  cdc-preflight diff before.json after.json --format markdown >> pull-request.md
  cdc-preflight diff before.json after.json --fail-on new-warnings

Exit codes: 0 nothing of what --fail-on names, 12 something of it, 2 usage or input";

/// Two reports, and what of their difference decides on the exit code.
#[derive(Args, Debug)]
pub(crate) struct ReportDiffArgs {
    /// The report of before, written by --report json=FILE
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The report of now
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// human, json or markdown
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: DiffFormat,
    /// Also list what is still there
    #[arg(short, long)]
    verbose: bool,
    /// What gives exit code 12
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FailOn {
    /// What closes the gate now and did not before
    #[default]
    NewFailures,
    /// Also warnings that are new, and whatever got worse
    NewWarnings,
    /// Nothing
    Never,
}

impl FailOn {
    fn names(self, change: &Change) -> bool {
        match self {
            Self::NewFailures => change.is_new_failure(),
            Self::NewWarnings => change.is_worse(),
            Self::Never => false,
        }
    }
}

pub(super) fn run(args: &ReportDiffArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let old = saved_report(&args.old, terminal)?;
    let new = saved_report(&args.new, terminal)?;
    let diff = ReportDiff::between(&old, &new);
    let options = terminal.report_options(args.verbose);
    terminal.print(&report::render_diff(&diff, args.format, &options))?;
    let fails = diff.changes().any(|change| args.fail_on.names(change));
    Ok(if fails { Exit::LesserFailed } else { Exit::Open })
}
