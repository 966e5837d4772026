//! `stream`: looks after the streams of the service.

mod show;

pub(super) use show::{preview, refused};

use std::io::{BufRead, IsTerminal};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::Stopped;
use super::exit::Exit;
use super::service::{self, Service, ServiceArgs};
use super::tell::{Terminal, env};
use crate::eventbridge::{Call, Client, Exchange, Outcome, Phase, StreamState, dry_run};
use crate::report::escape_terminal;
use crate::request::{self, Input, Operation, Stream};

/// The time from one look at a stream's state to the next.
const BEAT: Duration = Duration::from_secs(2);
/// The most pages that are read of a list: of 100 streams each, far more than a region may have.
const MOST_PAGES: usize = 1_000;

#[derive(Debug, Subcommand)]
pub(crate) enum StreamCommand {
    /// Create a stream whose source is no database
    #[command(after_help = CREATE_EXAMPLES)]
    Create(DefinitionArgs),
    /// Replace the definition of a stream whose source is no database
    #[command(after_help = CREATE_EXAMPLES)]
    Update(DefinitionArgs),
    /// Show a stream
    Get(NameArgs),
    /// List the streams of a region
    List(ListArgs),
    /// Start a stream
    Start(StartArgs),
    /// Stop a stream; it can be started again
    Pause(NameArgs),
    /// Delete a stream
    Delete(DeleteArgs),
    /// Change how a stream is billed
    #[command(after_help = BILLING_EXAMPLES)]
    Billing(BillingArgs),
}

pub(super) const EXAMPLES: &str = "\
Examples:
  cdc-preflight stream list --region cn-hangzhou
  cdc-preflight stream get orders --region cn-hangzhou --format json
  cdc-preflight stream start orders --wait --region cn-hangzhou
  cdc-preflight stream pause orders --wire rest --account-id 1234567890123456 --region cn-hangzhou
  cdc-preflight stream delete orders --yes --region cn-hangzhou

Exit codes: 0 accepted, 2 usage or input or not confirmed, 20 rejected or failed, 21 outcome
unknown, or not running when the wait is over";

const CREATE_EXAMPLES: &str = "\
A stream whose source is MySQL or PostgreSQL is refused: `cdc-preflight configure` proves the
database first.

Examples:
  cdc-preflight stream create rabbitmq.yaml --dry-run
  cdc-preflight stream update rabbitmq.yaml --region cn-hangzhou

Exit codes: 0 accepted, 2 usage or input, 20 rejected, 21 outcome unknown";

const BILLING_EXAMPLES: &str = "\
Examples:
  cdc-preflight stream billing orders --mode CapacityUnitMode --min 1 --max 4 --region cn-hangzhou
  cdc-preflight stream billing orders --mode EventNumMode --yes --region cn-hangzhou";

/// What every command about streams takes.
#[derive(Args, Debug)]
pub(crate) struct CommonArgs {
    /// The region, for example cn-hangzhou
    #[arg(long, value_name = "REGION", env = "ALIBABA_CLOUD_REGION_ID")]
    region: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Human,
    /// What the service answered, without secrets
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct DefinitionArgs {
    /// Request file (YAML or JSON), or `-` for standard input
    #[arg(value_name = "REQUEST")]
    request: String,
    /// The operation of a bare API payload: createEventStreaming or updateEventStreaming
    #[arg(long, value_name = "OPERATION")]
    action: Option<String>,
    /// Show the request that would be sent, without secrets, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct NameArgs {
    /// The stream's name
    name: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only streams whose name begins so
    #[arg(long, value_name = "PREFIX")]
    name_prefix: Option<String>,
    /// Only streams of this source
    #[arg(long, value_name = "ARN")]
    source_arn: Option<String>,
    /// Only streams to this sink
    #[arg(long, value_name = "ARN")]
    sink_arn: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Wait until the stream runs or has failed, for so many seconds [default of SECONDS: 600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Also where a label protects it from deletion (wire openapi)
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BillingArgs {
    #[command(flatten)]
    name: NameArgs,
    /// CapacityUnitMode (reserved capacity units) or EventNumMode (pay by event)
    #[arg(long, value_name = "MODE", value_parser = ["CapacityUnitMode", "EventNumMode"],
          hide_possible_values = true)]
    mode: String,
    /// The least capacity units, 1 to 999
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..=999))]
    min: Option<u16>,
    /// The most capacity units, 1 to 999
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..=999))]
    max: Option<u16>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What happens after a stream was accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Afterwards {
    /// It is started.
    pub(super) start: bool,
    /// How long to wait for it to run, in seconds.
    pub(super) wait: Option<u64>,
}

pub(super) async fn run(command: StreamCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        StreamCommand::Create(args) => {
            define(&args, Operation::CreateEventStreaming, terminal).await
        }
        StreamCommand::Update(args) => {
            define(&args, Operation::UpdateEventStreaming, terminal).await
        }
        StreamCommand::Get(args) => {
            let operation = Operation::GetEventStreaming;
            one(&args, operation, named(&args.name), terminal).await
        }
        StreamCommand::List(args) => list(&args, terminal).await,
        StreamCommand::Start(args) => start(&args, terminal).await,
        StreamCommand::Pause(args) => {
            let operation = Operation::PauseEventStreaming;
            one(&args, operation, named(&args.name), terminal).await
        }
        StreamCommand::Delete(args) => delete(&args, terminal).await,
        StreamCommand::Billing(args) => billing(&args, terminal).await,
    }
}

impl CommonArgs {
    fn service(&self, operation: Operation, terminal: &Terminal) -> Result<Service, Stopped> {
        self.service.service(operation, self.region.as_deref(), true, terminal)
    }
}

fn named(name: &str) -> Value {
    json!({ "EventStreamingName": name })
}

/// Calls an operation about one stream.
async fn one(
    args: &NameArgs,
    operation: Operation,
    body: Value,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let client = args.common.service(operation, terminal)?.client(terminal)?;
    let exchange = service::call(&client, operation, &body, terminal).await?;
    show::exchange(operation, &args.name, &exchange, args.common.format, terminal)
}

async fn start(args: &StartArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let (name, operation) = (&args.name.name, Operation::StartEventStreaming);
    let exit = one(&args.name, operation, named(name), terminal).await?;
    match args.wait {
        Some(seconds) if exit == Exit::Open => {
            let client = args.name.common.service(operation, terminal)?.client(terminal)?;
            wait(&client, name, Duration::from_secs(seconds), terminal).await
        }
        _ => Ok(exit),
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
    for (stream, service, call) in ready {
        if args.dry_run {
            let preview = dry_run(service.wire, &service.endpoint, &call);
            terminal.print(&show::preview(&preview))?;
            continue;
        }
        let exchange = service::send(&service.client(terminal)?, &call, terminal).await?;
        let exit =
            show::exchange(operation, stream.name(), &exchange, args.common.format, terminal)?;
        if exit != Exit::Open {
            return Ok(exit);
        }
    }
    if args.dry_run {
        terminal.print("Dry run: nothing was sent.\n")?;
    }
    Ok(Exit::Open)
}

/// The streams of a file, none of which reads a database: nothing of that is sent unproven.
fn streams(
    args: &DefinitionArgs,
    operation: Operation,
    terminal: &Terminal,
) -> Result<Vec<Stream>, Stopped> {
    let loaded = Input::open(&args.request, args.action.clone(), Vec::new())
        .and_then(|input| request::load(input, &env))
        .map_err(|problems| {
            terminal.problems(&problems);
            Exit::Usage
        })?;
    if !loaded.warnings.is_empty() {
        terminal.problems(&loaded.warnings);
    }
    if !loaded.requests.is_empty() {
        terminal.error(
            "a database has to be proven before anything is sent: use `cdc-preflight configure`",
        );
        return Err(Exit::Usage);
    }
    let as_asked = |stream: Stream| match operation {
        Operation::UpdateEventStreaming => stream.as_update(),
        _ => stream,
    };
    let streams: Vec<Stream> = loaded.streams.into_iter().map(as_asked).collect();
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
    let mut body = Map::from_iter([("Limit".to_owned(), json!(100))]);
    for (name, value) in [
        ("NamePrefix", &args.name_prefix),
        ("SourceArn", &args.source_arn),
        ("SinkArn", &args.sink_arn),
    ] {
        body.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
    }
    let mut streams = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = service::call(&client, operation, &body.clone().into(), terminal).await?;
        if page.outcome() != Outcome::Accepted {
            return show::exchange(operation, "", &page, args.common.format, terminal);
        }
        let data = page.data.unwrap_or_default();
        let found = data.get("EventStreamings").and_then(Value::as_array);
        streams.extend(found.cloned().unwrap_or_default());
        let next = data.get("NextToken").and_then(Value::as_str).unwrap_or_default();
        // A token that does not change would lead to the same page for ever.
        if next.is_empty() || body.get("NextToken").is_some_and(|token| token == next) {
            show::list(&streams, args.common.format, terminal)?;
            return Ok(Exit::Open);
        }
        body.insert("NextToken".into(), next.into());
    }
    terminal.error(&format!("the list did not end after {MOST_PAGES} pages"));
    Err(Exit::Rejected)
}

async fn delete(args: &DeleteArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let name = &args.name.name;
    if args.force {
        let wire = args.name.common.service(Operation::DeleteEventStreaming, terminal)?.wire;
        if wire != crate::eventbridge::Wire::Openapi {
            terminal.error(&format!("the wire {wire} has no --force; take --wire openapi"));
            return Err(Exit::Usage);
        }
    }
    confirm(&format!("Delete the stream {}?", name.escape_debug()), args.yes, terminal)?;
    let mut body = named(name);
    if args.force {
        body["Force"] = true.into();
    }
    one(&args.name, Operation::DeleteEventStreaming, body, terminal).await
}

async fn billing(args: &BillingArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    if let (Some(min), Some(max)) = (args.min, args.max)
        && min > max
    {
        terminal.error("--min is larger than --max");
        return Err(Exit::Usage);
    }
    let question = format!("Bill {} by {}?", args.name.name.escape_debug(), args.mode);
    confirm(&question, args.yes, terminal)?;
    let mut body = named(&args.name.name);
    body["BusinessMode"] = args.mode.as_str().into();
    if let Some(min) = args.min {
        body["MinCapacityUnitCount"] = min.into();
    }
    if let Some(max) = args.max {
        body["MaxCapacityUnitCount"] = max.into();
    }
    one(&args.name, Operation::UpdateEventStreamingBusinessOption, body, terminal).await
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

/// Starts a stream and waits for it to run, as far as that was asked for.
pub(super) async fn follow(
    service: &Service,
    name: &str,
    afterwards: Afterwards,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    if !afterwards.start && afterwards.wait.is_none() {
        return Ok(Exit::Open);
    }
    let client = service.client(terminal)?;
    if afterwards.start {
        let operation = Operation::StartEventStreaming;
        let exchange = service::call(&client, operation, &named(name), terminal).await?;
        let outcome = exchange.outcome();
        if outcome != Outcome::Accepted {
            refused(operation, &outcome, &exchange, terminal);
            return Ok(service::exit_of(&outcome));
        }
        terminal.note(&format!("{} is being started", name.escape_debug()));
    }
    match afterwards.wait {
        Some(seconds) => wait(&client, name, Duration::from_secs(seconds), terminal).await,
        None => Ok(Exit::Open),
    }
}

/// Looks at the stream's state until it runs, has failed, or the time is over.
async fn wait(
    client: &Client,
    name: &str,
    patience: Duration,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let deadline = Instant::now() + patience;
    loop {
        let operation = Operation::GetEventStreaming;
        let exchange: Exchange = service::call(client, operation, &named(name), terminal).await?;
        let Some(state) = exchange.data.as_ref().and_then(StreamState::of) else {
            let outcome = exchange.outcome();
            refused(operation, &outcome, &exchange, terminal);
            terminal.error("the service does not tell the stream's state");
            return Ok(match outcome {
                Outcome::Accepted => Exit::Unknown,
                other => service::exit_of(&other),
            });
        };
        let status = escape_terminal(&state.status);
        match state.phase {
            Phase::Running => {
                terminal.note(&format!("{} runs", name.escape_debug()));
                return Ok(Exit::Open);
            }
            Phase::Failed => {
                let detail = state.detail.as_ref().map(escape_terminal).unwrap_or_default();
                terminal.error(&format!("{} failed: {status} {detail}", name.escape_debug()));
                return Ok(Exit::Rejected);
            }
            _ if Instant::now() + BEAT > deadline => {
                let name = name.escape_debug();
                terminal.error(&format!("{name} does not run yet: it is {status}"));
                if state.phase == Phase::Idle {
                    terminal.note(&format!("Start it with `cdc-preflight stream start {name}`."));
                }
                return Ok(Exit::Unknown);
            }
            _ => tokio::time::sleep(BEAT).await,
        }
    }
}
