//! `transform test`: what a target receives.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Stopped;
use super::given::{self, Given};
use super::predicted::{self, PredictedArgs};
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::transform::Transform;
use crate::report::escape_terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum TransformCommand {
    /// Show what the fields of a target become of an event
    #[command(after_help = EXAMPLES)]
    Test(Box<TestArgs>),
}

const EXAMPLES: &str = "\
Examples:
  cdc-preflight transform test --event event.json \\
      --transform '{\"Form\": \"JSONPATH\", \"Value\": \"$.data.after.id\"}'
  cdc-preflight transform test --transform sink.json --event -
  cdc-preflight transform test --transform sink.json request.yaml

With a source it shows what becomes of a sample of every kind of event that will come from it.

A whole sink may be given, too: every field in it that has a Form is shown with its name.";

#[derive(Args, Debug)]
#[command(mut_arg("requests", |requests| requests.required_unless_present("event")))]
pub(crate) struct TestArgs {
    /// A field {Form, Value, Template}, or a sink of such fields: JSON, a file, or -
    #[arg(long, value_name = "JSON|FILE")]
    transform: String,
    /// A CloudEvent, or a list of them: JSON, a file, or -; may be repeated
    #[arg(long, value_name = "JSON|FILE")]
    event: Vec<String>,
    #[command(flatten)]
    predicted: PredictedArgs,
}

pub(super) async fn test(args: TestArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let Given { name, text } = given::read("--transform", &args.transform, terminal)?;
    let document = given::json(&name, &text, terminal)?;
    let mut fields = Vec::new();
    collect(&document, "", &mut fields);
    if fields.is_empty() {
        terminal.error(&format!("{name} has no field with a Form"));
        return Err(Exit::Usage);
    }
    let transforms = parse(&fields, terminal)?;
    let mut events = Vec::new();
    for argument in &args.event {
        events.extend(given::events(argument, terminal)?);
    }
    if args.predicted.is_named() {
        let contracts = args.predicted.contracts(terminal).await?;
        events.extend(contracts.iter().flat_map(predicted::named_samples));
    }
    for (name, event) in events {
        terminal.print(&format!("{name}\n"))?;
        for (path, transform) in &transforms {
            show(path, transform, &event, terminal)?;
        }
    }
    Ok(Exit::Open)
}

/// The fields that have a form, with the names that lead to them. JSON is read 128 levels deep at
/// most, and so is this.
fn collect<'a>(value: &'a Value, path: &str, fields: &mut Vec<(String, &'a Value)>) {
    let Some(members) = value.as_object() else { return };
    if members.contains_key("Form") {
        fields.push((path.to_owned(), value));
        return;
    }
    for (name, inner) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(inner, &path, fields);
    }
}

fn parse(
    fields: &[(String, &Value)],
    terminal: &Terminal,
) -> Result<Vec<(String, Transform)>, Stopped> {
    let mut transforms = Vec::new();
    let mut is_wrong = false;
    for (path, field) in fields {
        match Transform::parse(field) {
            Ok(transform) => transforms.push((path.clone(), transform)),
            Err(reason) => {
                is_wrong = true;
                let place = if path.is_empty() { "the transform" } else { path };
                terminal.error(&escape_terminal(&format!("{place}: {reason}").into()));
            }
        }
    }
    if is_wrong { Err(Exit::Usage) } else { Ok(transforms) }
}

fn show(
    path: &str,
    transform: &Transform,
    event: &Value,
    terminal: &Terminal,
) -> Result<(), Stopped> {
    let made = transform.apply(event);
    let name = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let line = escape_terminal(&format!("  {name}{}", made.text).into());
    terminal.print(&format!("{line}\n"))?;
    for warning in &made.warnings {
        terminal.note(&escape_terminal(&format!("  warning: {name}{warning}").into()));
    }
    Ok(())
}
