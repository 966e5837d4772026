//! `remedy`: one ordered script of what has to be done, for those who can do it.

use std::path::{Path, PathBuf};

use cdc_checks::{Actor, Cost, Engine, Level};
use clap::{Args, ValueEnum};

use super::Stopped;
use super::args::SourceArgs;
use super::live::Live;
use super::rules::RulesArgs;
use super::source::Look;
use super::tell::Terminal;
use crate::Exit;
use crate::gate::Policy;
use crate::preflight;
use crate::remedy::{Plan, Rest, Scope, Selection, Why, render_json, render_script, render_undo};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc-preflight remedy request.yaml > remedy.sql
  cdc-preflight remedy request.yaml --actor dba --max-cost reload
  cdc-preflight remedy --facts facts.json --undo
  cdc-preflight remedy requests.yaml --all --output-dir remedies

Nothing is carried out. The script holds the fewest changes that open the gate, in an order in which
they can be made, with one restart for all that need one; --all adds what cures warnings. With
--actor or --max-cost it ends with what remains when only that part is run.

Exit codes: 0 the script is whole or the gate is open, 2 usage or input, 11 something required
could not be found out, so that its remedy is not known yet";

#[derive(Args, Debug)]
pub(crate) struct RemedyArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    /// Cure warnings, too, not only what closes the gate
    #[arg(long)]
    pub(crate) all: bool,
    /// Only what these can do: requester, dba, admin, owner, console or network; may be repeated
    #[arg(
        long = "actor",
        value_name = "WHO",
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub(crate) actors: Vec<Who>,
    /// Only what costs no more than this: live, reload, reconnect, rebuild or restart
    #[arg(long, value_name = "COST", value_enum, hide_possible_values = true)]
    pub(crate) max_cost: Option<Price>,
    /// The script that takes it back
    #[arg(long)]
    pub(crate) undo: bool,
    /// script or json
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        hide_possible_values = true,
        conflicts_with = "undo"
    )]
    pub(crate) format: Format,
    /// A folder to write to: two files per server, remedy-HOST-PORT and undo-HOST-PORT
    #[arg(long, value_name = "DIR", conflicts_with_all = ["undo", "format"])]
    pub(crate) output_dir: Option<PathBuf>,
    /// Take warnings of lost data that some can live with for failures, which close the gate
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Script,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Who {
    Admin,
    Requester,
    Dba,
    Owner,
    Console,
    Network,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Price {
    Live,
    Reload,
    Reconnect,
    Rebuild,
    Restart,
}

pub(super) async fn run(args: RemedyArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let rules = args.rules.rules(terminal)?;
    let (live, source, strict) = (Live::silent(terminal), &args.source, args.strict);
    let look = Look { args: source, strict, rules: &rules, live: &live, terminal };
    let examined = look.at_all().await?;
    let (report, _) = preflight::run_report(&examined, &Policy::default());
    let plans = Plan::of(&report.targets, &args.selection());
    match &args.output_dir {
        Some(folder) => write_all(folder, &plans, terminal)?,
        None => terminal.print(&args.text(&plans))?,
    }
    Ok(exit(&plans))
}

impl RemedyArgs {
    fn selection(&self) -> Selection {
        Selection {
            scope: if self.all { Scope::All } else { Scope::Gate },
            actors: self.actors.iter().map(|who| who.actor()).collect(),
            most: self.max_cost.map(Price::cost),
        }
    }

    fn text(&self, plans: &[Plan]) -> String {
        let render = if self.undo { render_undo } else { render_script };
        match self.format {
            Format::Json => render_json(plans),
            Format::Script => plans.iter().map(render).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// What could not be found out has no remedy yet: the script cannot be called whole.
fn exit(plans: &[Plan]) -> Exit {
    let is_unknown = |plan: &Plan, rest: &Rest| {
        let unknown = matches!(rest.why, Why::Unknown { .. } | Why::NotReached { .. });
        unknown && rest.check.level == Level::Required && !plan.is_pending(rest)
    };
    match plans.iter().any(|plan| plan.rest.iter().any(|rest| is_unknown(plan, rest))) {
        true => Exit::Undetermined,
        false => Exit::Open,
    }
}

fn write_all(folder: &Path, plans: &[Plan], terminal: &Terminal) -> Result<(), Stopped> {
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        plans.iter().try_for_each(|plan| {
            let name = file_name(plan);
            std::fs::write(folder.join(format!("remedy-{name}")), render_script(plan))?;
            std::fs::write(folder.join(format!("undo-{name}")), render_undo(plan))
        })
    });
    written.map_err(|error| {
        terminal.error(&format!("cannot write the scripts to {folder:?}: {error}"));
        Exit::Internal
    })
}

/// The server's address, as far as it is good for the name of a file.
fn file_name(plan: &Plan) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let address: String = plan.server.untrusted().chars().take(100).map(plain).collect();
    let ending = if plan.engine == Engine::RabbitMq { "sh" } else { "sql" };
    format!("{address}.{ending}")
}

impl Who {
    fn actor(self) -> Actor {
        match self {
            Self::Admin => Actor::Admin,
            Self::Requester => Actor::Requester,
            Self::Dba => Actor::Dba,
            Self::Owner => Actor::Owner,
            Self::Console => Actor::Console,
            Self::Network => Actor::Network,
        }
    }
}

impl Price {
    fn cost(self) -> Cost {
        match self {
            Self::Live => Cost::Live,
            Self::Reload => Cost::Reload,
            Self::Reconnect => Cost::Reconnect,
            Self::Rebuild => Cost::Rebuild,
            Self::Restart => Cost::Restart,
        }
    }
}
