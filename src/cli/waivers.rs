//! `waivers audit`: which waivers hold, and which want looking after.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::Stopped;
use super::checks::ListFormat;
use super::rules;
use super::source;
use super::tell::Terminal;
use crate::Exit;
use crate::gate::{Rules, Rulings};
use crate::preflight::{self, Examined};
use crate::report;

#[derive(Debug, Subcommand)]
pub(crate) enum WaiversCommand {
    /// Say of every waiver whether it is active, expires soon, has expired, or is unused
    #[command(after_help = EXAMPLES)]
    Audit(AuditArgs),
}

const EXAMPLES: &str = "\
A waiver (TOML) accepts a finding until a day, that day included (UTC):

  [[waivers]]
  check = \"postgres/row-security\"   # an id; of checks that are not required also a pattern
  subject = \"public.orders\"         # a pattern; left out: every subject
  target = \"inventory@db:5432\"      # a pattern; left out: every source
  reason = \"the table is append-only\"
  owner = \"dba-team\"
  expires = 2026-12-31

Examples:
  cdc-preflight waivers audit waivers.toml
  cdc-preflight waivers audit waivers.toml --facts facts.json --fail-on unused
  cdc-preflight check request.yaml --waivers waivers.toml

Exit codes: 0 nothing of what --fail-on names, 12 something of it, 2 usage or input";

/// Waivers, and what of them decides on the exit code.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Files of waivers
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also say which are unused, by these saved facts (check --save-facts)
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// How many days ahead the end of a waiver is told
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    waiver_warn_days: u16,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: ListFormat,
    /// The mildest state that gives exit code 12
    #[arg(long, value_enum, value_name = "STATE", default_value_t)]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FailOn {
    /// A waiver that no longer applies
    #[default]
    Expired,
    /// Also one that covers nothing
    Unused,
    /// Also one that is about to end
    Expiring,
    /// None
    Never,
}

impl FailOn {
    fn names(self, state: &str) -> bool {
        match self {
            Self::Expired => state == "expired",
            Self::Unused => matches!(state, "expired" | "unused"),
            Self::Expiring => state != "active",
            Self::Never => false,
        }
    }
}

pub(super) fn run(command: &WaiversCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    let WaiversCommand::Audit(args) = command;
    let waivers = rules::waivers(&args.files, terminal)?;
    let rules = Rules { waivers, warn_days: args.waiver_warn_days, ..Rules::default() };
    let now = Timestamp::now();
    let reviews = match &args.facts {
        Some(path) => {
            let facts = source::read(path, terminal)?;
            let examined = facts.into_iter().map(|facts| {
                let intent = cdc_checks::Intent::of(&facts.request);
                Examined::new(facts, intent)
            });
            let examined = preflight::all_under(examined.collect(), &rules, now);
            Rulings::review(examined.iter().map(|one| &one.rulings))
        }
        None => rules.by_the_calendar(now),
    };
    terminal.print(&match args.format {
        ListFormat::Human => report::waivers(&reviews, &terminal.report_options(false)),
        ListFormat::Json => report::waivers_json(&reviews),
    })?;
    let fails = reviews.iter().any(|review| args.fail_on.names(review.state()));
    Ok(if fails { Exit::LesserFailed } else { Exit::Open })
}
