//! `pattern test`: which events a filter pattern lets pass.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Stopped;
use super::filter;
use super::given::{self, Given};
use super::predicted::PredictedArgs;
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::pattern::Pattern;
use crate::report::escape_terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum PatternCommand {
    /// Say whether events match a pattern, and what in them does not
    #[command(after_help = EXAMPLES)]
    Test(Box<TestArgs>),
}

const EXAMPLES: &str = "\
Examples:
  cdc-preflight pattern test --pattern '{\"data\": {\"op\": [\"c\"]}}' --event event.json
  cdc-preflight pattern test --pattern pattern.json --event - < events.json
  cdc-preflight pattern test --pattern pattern.json request.yaml
  cdc-preflight pattern test --pattern pattern.json --facts facts.json

With a source it says which operations on which tables give events that pass: their form is
predicted, the values of their rows are not.

Exit codes: 0 every event matches, or some event of the source may pass; 10 one does not match, or
none may pass; 2 the pattern, an event or the source is not usable.";

#[derive(Args, Debug)]
#[command(mut_arg("requests", |requests| requests.required_unless_present("event")))]
pub(crate) struct TestArgs {
    /// The pattern: JSON, a file, or - for standard input
    #[arg(long, value_name = "JSON|FILE")]
    pattern: String,
    /// A CloudEvent, or a list of them: JSON, a file, or -; may be repeated
    #[arg(long = "event", value_name = "JSON|FILE")]
    event: Vec<String>,
    #[command(flatten)]
    predicted: PredictedArgs,
}

pub(super) async fn test(args: TestArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let Given { name, text } = given::read("--pattern", &args.pattern, terminal)?;
    let parsed = Pattern::parse(&name, &text);
    let (pattern, warnings) = parsed.map_err(|problems| {
        terminal.problems(&problems);
        Exit::Usage
    })?;
    if !warnings.is_empty() {
        terminal.problems(&warnings);
    }
    let mut exit = Exit::Open;
    for argument in &args.event {
        for (name, event) in given::events(argument, terminal)? {
            if !tell(&pattern, &name, &event, terminal)? {
                exit = Exit::Failed;
            }
        }
    }
    if args.predicted.is_named() {
        for contract in args.predicted.contracts(terminal).await? {
            if !filter::print(&contract, &pattern, terminal)? {
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

/// Says whether one event matches.
fn tell(
    pattern: &Pattern,
    name: &str,
    event: &Value,
    terminal: &Terminal,
) -> Result<bool, Stopped> {
    let mismatch = pattern.mismatch(event);
    let line = match &mismatch {
        None => format!("{name}: matches"),
        Some(mismatch) => {
            format!("{name}: no match: {}", escape_terminal(&mismatch.to_string().into()))
        }
    };
    terminal.print(&format!("{line}\n"))?;
    Ok(mismatch.is_none())
}
