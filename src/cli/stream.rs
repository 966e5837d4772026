//! `stream`: looks after the streams of the service.

mod args;
mod change;
mod discover;
mod show;
mod wait;

pub(super) use args::{EXAMPLES, StreamCommand};
pub(super) use show::{preview, refused};
pub(super) use wait::{Afterwards, follow};

use std::io::{BufRead, IsTerminal};

use serde_json::Value;

use super::Stopped;
use super::costs;
use super::input;
use super::once::{Due, Once};
use super::service::{self, Service};
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::operations::{Billing, Listing, named};
use crate::eventbridge::{Call, Outcome, Wire, dry_run};
use crate::request::{Operation, Request, Stream};
use args::{
    BillingArgs, CommonArgs, DefinitionArgs, DeleteArgs, Format, ListArgs, NameArgs, StartArgs,
};
use change::{change, change_named};
use wait::{Goal, wait_as_asked};

/// The most pages that are read of a list: of 100 streams each, far more than a region may have.
const MOST_PAGES: usize = 1_000;

pub(super) async fn run(command: StreamCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        StreamCommand::Create(args) => {
            define(&args, Operation::CreateEventStreaming, terminal).await
        }
        StreamCommand::Update(args) => {
            define(&args, Operation::UpdateEventStreaming, terminal).await
        }
        StreamCommand::Get(args) => get(&args, terminal).await,
        StreamCommand::List(args) => list(&args, terminal).await,
        StreamCommand::Start(args) => start(&args, terminal).await,
        StreamCommand::Pause(args) => {
            let operation = Operation::PauseEventStreaming;
            change_named(&args, operation, named(&args.name), terminal).await
        }
        StreamCommand::Delete(args) => delete(&args, terminal).await,
        StreamCommand::Billing(args) => billing(&args, terminal).await,
        StreamCommand::Discover(args) => discover::run(&args, terminal).await,
    }
}

impl CommonArgs {
    fn service(&self, operation: Operation, terminal: &Terminal) -> Result<Service, Stopped> {
        self.service.service(operation, self.region.as_deref(), true, terminal)
    }
}

async fn get(args: &NameArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let operation = Operation::GetEventStreaming;
    let client = args.common.service(operation, terminal)?.client(terminal)?;
    let exchange = service::call(&client, operation, &named(&args.name), terminal).await?;
    show::exchange(operation, &args.name, &exchange, args.common.format, terminal)
}

async fn start(args: &StartArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let (change, operation) = (&args.change, Operation::StartEventStreaming);
    match change_named(change, operation, named(&change.name), terminal).await? {
        Exit::Open => wait_as_asked(change, Goal::Running, args.wait, terminal).await,
        exit => Ok(exit),
    }
}

/// Creates or updates the streams of a file. Nothing is sent unless all of them can be.
async fn define(
    args: &DefinitionArgs,
    operation: Operation,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let ready: Vec<(Stream, Service, Call)> = streams(args, operation, terminal)?
        .into_iter()
        .map(|stream| {
            let region = args.common.region.as_deref().or(stream.region());
            let is_sent = !args.dry_run;
            let service = args.common.service.service(operation, region, is_sent, terminal)?;
            let body = stream.body_with_secrets();
            let call = Call::new(operation, &body, stream.redacted_body()).map_err(|error| {
                terminal.error(&error.to_string());
                Exit::Usage
            })?;
            Ok((stream, service, call))
        })
        .collect::<Result<_, Stopped>>()?;
    if args.dry_run {
        let previewed = ready.iter().map(|(_, service, call)| show::Previewed {
            preview: dry_run(service.wire, &service.endpoint, call),
            costs: costs::of_call(operation),
        });
        show::previews(&previewed.collect::<Vec<_>>(), args.common.format, terminal)?;
        return Ok(Exit::Open);
    }
    let once = Once::new(&args.once, terminal)?;
    let dues =
        ready.iter().map(|(stream, service, call)| Due::stream(service, stream.name(), call));
    let dues: Vec<Due<'_>> = dues.collect();
    once.settle(&dues).await?;
    for (due, (stream, ..)) in dues.iter().zip(&ready) {
        let exit = change(&once, due, stream.name(), args.common.format, terminal).await?;
        if exit != Exit::Open {
            return Ok(exit);
        }
    }
    Ok(Exit::Open)
}

/// The streams of a file, none of which reads what can be proven: nothing of that is sent unproven.
fn streams(
    args: &DefinitionArgs,
    operation: Operation,
    terminal: &Terminal,
) -> Result<Vec<Stream>, Stopped> {
    let loaded = input::read_one(&args.request, args.action.as_deref(), terminal)?;
    if loaded.requests.iter().any(Request::has_address) {
        terminal.error(
            "a database or a broker has to be proven before anything is sent: use `cdc-preflight \
             configure`",
        );
        return Err(Exit::Usage);
    }
    let as_asked = |stream: Stream| match operation {
        Operation::UpdateEventStreaming => stream.as_update(),
        _ => stream,
    };
    // What names an instance and no address cannot be visited from here.
    let unaddressed = loaded.requests.into_iter().filter_map(Request::into_stream);
    let streams: Vec<Stream> =
        loaded.streams.into_iter().chain(unaddressed).map(as_asked).collect();
    if let Some(other) = streams.iter().find(|stream| stream.operation() != operation) {
        let name = other.name().escape_debug();
        terminal.error(&format!("{name} is an update: use `cdc-preflight stream update`"));
        return Err(Exit::Usage);
    }
    Ok(streams)
}

async fn list(args: &ListArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let operation = Operation::ListEventStreamings;
    let client = args.common.service(operation, terminal)?.client(terminal)?;
    let listing = Listing {
        name_prefix: args.name_prefix.as_deref(),
        source_arn: args.source_arn.as_deref(),
        sink_arn: args.sink_arn.as_deref(),
        limit: args.limit,
    };
    let mut token: Option<String> = None;
    let mut streams = Vec::new();
    for _ in 0..MOST_PAGES {
        let body = listing.body(token.as_deref()).map_err(|reason| usage(&reason, terminal))?;
        let page = service::call(&client, operation, &body, terminal).await?;
        if page.outcome() != Outcome::Accepted {
            return show::exchange(operation, "", &page, args.common.format, terminal);
        }
        let data = page.data.unwrap_or_default();
        let found = data.get("EventStreamings").and_then(Value::as_array);
        streams.extend(found.cloned().unwrap_or_default());
        let next = data.get("NextToken").and_then(Value::as_str).unwrap_or_default();
        // A token that does not change would lead to the same page for ever.
        if next.is_empty() || token.as_deref() == Some(next) {
            show::list(&streams, args.common.format, terminal)?;
            return Ok(Exit::Open);
        }
        token = Some(next.to_owned());
    }
    terminal.error(&format!("the list did not end after {MOST_PAGES} pages"));
    Err(Exit::Rejected)
}

async fn delete(args: &DeleteArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let (change, operation) = (&args.change, Operation::DeleteEventStreaming);
    let mut body = named(&change.name);
    if args.force {
        let wire = change.common.service(operation, terminal)?.wire;
        if wire != Wire::Openapi {
            terminal.error(&format!("the wire {wire} has no --force; take --wire openapi"));
            return Err(Exit::Usage);
        }
        body["Force"] = true.into();
    }
    confirm(&format!("Delete the stream {}?", change.name.escape_debug()), args.yes, terminal)?;
    match change_named(change, operation, body, terminal).await? {
        Exit::Open => wait_as_asked(change, Goal::Gone, args.wait, terminal).await,
        exit => Ok(exit),
    }
}

async fn billing(args: &BillingArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let (name, mode) = (&args.change.name, args.mode);
    let billing = Billing { mode, min: args.min, max: args.max };
    let body = billing.body(name).map_err(|reason| usage(&reason, terminal))?;
    let operation = Operation::UpdateEventStreamingBusinessOption;
    if args.dry_run {
        let common = &args.change.common;
        let (service, region) = (&common.service, common.region.as_deref());
        let service = service.service(operation, region, false, terminal)?;
        let call = service::plain(operation, &body, terminal)?;
        let preview = dry_run(service.wire, &service.endpoint, &call);
        let previewed = show::Previewed { preview, costs: costs::of_call(operation) };
        show::previews(&[previewed], common.format, terminal)?;
        return Ok(Exit::Open);
    }
    confirm(&format!("Bill {} by {mode}?", name.escape_debug()), args.yes, terminal)?;
    change_named(&args.change, operation, body, terminal).await
}

fn usage(reason: &str, terminal: &Terminal) -> Exit {
    terminal.error(reason);
    Exit::Usage
}

/// Asks on a terminal; elsewhere nobody can answer, and `--yes` has to say it.
fn confirm(question: &str, is_confirmed: bool, terminal: &Terminal) -> Result<(), Stopped> {
    if is_confirmed {
        return Ok(());
    }
    let mut stdin = std::io::stdin().lock();
    if !stdin.is_terminal() {
        terminal.error("this changes what others may rely on: confirm it with --yes");
        return Err(Exit::Usage);
    }
    terminal.note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    // What cannot be read is no yes.
    let _ = stdin.read_line(&mut answer);
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => {
            terminal.note("Nothing was changed.");
            Err(Exit::Usage)
        }
    }
}
