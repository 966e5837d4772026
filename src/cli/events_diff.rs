//! `events diff`: say what changes for consumers.

use std::fs;
use std::path::Path;

use clap::Args;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Stopped;
use super::args::SourceArgs;
use super::broker::BrokerArgs;
use super::connection::{TimeArgs, TlsArgs};
use super::connector::ConnectorArgs;
use super::events::contract;
use super::source;
use super::tell::Terminal;
use crate::Exit;
use crate::events::{self, Contract, Diff};
use crate::gather::LiveProbe;

pub(crate) const EXAMPLES: &str = "\
A change is compatible, forward (consumers of OLD read the events of NEW, not the other way
round), backward (consumers of OLD fail on the events of NEW; those of NEW read both) or breaking
(neither). Consumers are taken to ignore members that they do not know.

Examples:
  cdc-preflight events request.yaml --format json > contract.json
  cdc-preflight events diff contract.json request.yaml
  cdc-preflight events diff contract.json facts.json --format markdown --fail-on breaking

Exit codes: 0 no change of the class of --fail-on or worse, 12 such a change, 2 usage or input,
11 a database could not be read";

#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    /// The contract of before: saved with `events --format json`, or as NEW
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The contract of now: a saved one, saved facts, a request file, or a URL
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
    /// human, json or markdown
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) format: events::DiffFormat,
    /// The mildest class of change that gives exit code 12: forward, backward, breaking, or never
    #[arg(long, value_name = "CLASS", default_value = "backward", value_parser = fail_on_class)]
    pub(crate) fail_on: FailOn,
    /// The operation of a bare API payload, for example configurePostgreSQLSource
    #[arg(long, value_name = "OPERATION")]
    pub(crate) action: Option<String>,
    /// A table, with a URL; may be repeated
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    pub(crate) tables: Vec<String>,
    #[command(flatten)]
    pub(crate) connector: ConnectorArgs,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

/// From which class of change on a comparison fails; `None`: never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailOn(pub(crate) Option<events::Class>);

fn fail_on_class(word: &str) -> Result<FailOn, String> {
    let classes = [events::Class::Forward, events::Class::Backward, events::Class::Breaking];
    if word == "never" {
        return Ok(FailOn(None));
    }
    let found = classes.into_iter().find(|class| class.as_str() == word);
    found
        .map(|class| FailOn(Some(class)))
        .ok_or_else(|| "one of forward, backward, breaking, never".into())
}

/// A larger file is none of this program's.
const LARGEST_FILE: u64 = 1 << 30;

pub(super) async fn run(args: DiffArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let mut old = side(&args.old, &args, terminal).await?;
    let mut new = side(&args.new, &args, terminal).await?;
    match (old.saved, new.saved) {
        (true, false) => new.take_envelope_of(&old),
        (false, true) => old.take_envelope_of(&new),
        _ => {}
    }
    let diff = events::diff(&old.contracts, &new.contracts);
    terminal.print(&events::render_diff(&diff, args.format))?;
    Ok(exit(&diff, args.fail_on))
}

fn exit(diff: &Diff, FailOn(class): FailOn) -> Exit {
    match class {
        Some(class) if diff.class >= class => Exit::LesserFailed,
        _ => Exit::Open,
    }
}

/// One side of the comparison.
struct Side {
    contracts: Vec<Contract>,
    /// Whether it was read from a file that `events` wrote, and so has an envelope of its own.
    saved: bool,
}

impl Side {
    /// What is read now has no envelope of its own.
    fn take_envelope_of(&mut self, other: &Self) {
        let Some(envelope) = other.contracts.first().map(|contract| contract.envelope) else {
            return;
        };
        let contracts = std::mem::take(&mut self.contracts);
        self.contracts = contracts.into_iter().map(|one| one.in_envelope(envelope)).collect();
    }
}

async fn side(name: &str, args: &DiffArgs, terminal: &Terminal) -> Result<Side, Stopped> {
    let facts = match written(name, terminal)? {
        Written::Contract(text) => {
            let contracts = events::read_contracts(&text).map_err(|error| {
                terminal.error(&format!("{name:?} holds no event contract: {error}"));
                Exit::Usage
            })?;
            return Ok(Side { contracts, saved: true });
        }
        Written::Facts => true,
        Written::Other => false,
    };
    let source = SourceArgs {
        requests: (!facts).then(|| name.to_owned()).into_iter().collect(),
        action: args.action.clone(),
        tables: args.tables.clone(),
        assume: Vec::new(),
        facts: facts.then(|| name.into()),
        save_facts: None,
        probe: LiveProbe::Never,
        no_probe: false,
        sample_binlog: false,
        concurrency: 8,
        broker: BrokerArgs::default(),
        connector: args.connector.clone(),
        tls: args.tls.clone(),
        time: args.time.clone(),
    };
    let examined = source::examine(&source, false, terminal).await?;
    let contracts = examined.iter().map(|one| contract(one, terminal)).collect::<Result<_, _>>()?;
    Ok(Side { contracts, saved: false })
}

/// What a file was written as.
enum Written {
    /// An event contract, or what claims to be one; its text.
    Contract(String),
    /// Facts.
    Facts,
    /// A request, or no file at all.
    Other,
}

/// The members that tell one document from another.
#[derive(Deserialize)]
struct Marks {
    format_version: Option<IgnoredAny>,
    connection: Option<IgnoredAny>,
}

fn written(name: &str, terminal: &Terminal) -> Result<Written, Stopped> {
    let path = Path::new(name);
    let length = match fs::metadata(path) {
        Ok(file) if file.is_file() => file.len(),
        // What else it may be, or why it cannot be read, is told where requests are.
        _ => return Ok(Written::Other),
    };
    let unreadable = |reason: String| {
        terminal.error(&format!("cannot read {name:?}: {reason}"));
        Exit::Usage
    };
    if length > LARGEST_FILE {
        return Err(unreadable(format!("{length} bytes are too many")));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    // Requests may be in another encoding; their own reader tells.
    let Ok(text) = String::from_utf8(bytes) else { return Ok(Written::Other) };
    let marks = match text.trim_start().starts_with('[') {
        true => serde_json::from_str::<Vec<Marks>>(&text).map(|marks| marks.into_iter().next()),
        false => serde_json::from_str::<Marks>(&text).map(Some),
    };
    let marks = match marks {
        Ok(marks) => marks,
        // No request has the word: a document that was cut is told as what it was.
        Err(_) if text.contains("\"format_version\"") => return Ok(Written::Contract(text)),
        Err(_) => None,
    };
    Ok(match marks {
        Some(Marks { format_version: Some(_), connection: Some(_) }) => Written::Facts,
        Some(Marks { format_version: Some(_), connection: None }) => Written::Contract(text),
        _ => Written::Other,
    })
}
