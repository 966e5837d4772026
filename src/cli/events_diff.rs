//! `events diff`: say what changes for consumers.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Stopped;
use super::args::{DiffArgs, FailOn, SourceArgs};
use super::broker::BrokerArgs;
use super::events::contract;
use super::exit::Exit;
use super::source;
use super::tell::Terminal;
use crate::events::{self, Contract, Diff};
use crate::gather::LiveProbe;

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
    let text = events::render_diff(&diff, args.format).map_err(|error| {
        terminal.error(&format!("the changes cannot be written: {error}"));
        Exit::Internal
    })?;
    terminal.print(&text)?;
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
