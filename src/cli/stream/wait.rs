//! What happens after a call was accepted: the stream is started, and waited for.

use std::time::Duration;

use tokio::time::Instant;

use super::args::ChangeArgs;
use super::refused;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::once::{self, Due, Once, Sent};
use crate::cli::service::{self, Service};
use crate::cli::tell::Terminal;
use crate::eventbridge::journal::Submitted;
use crate::eventbridge::operations::named;
use crate::eventbridge::{Client, Exchange, Outcome, Phase, StreamState};
use crate::report::escape_terminal;
use crate::request::Operation;

/// The time from one look at a stream's state to the next.
const BEAT: Duration = Duration::from_secs(2);

/// What happens after a stream was accepted.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Afterwards {
    /// It is started.
    pub(in crate::cli) start: bool,
    /// How long to wait for it to run, in seconds.
    pub(in crate::cli) wait: Option<u64>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Goal {
    /// The stream runs.
    Running,
    /// The service has no such stream any more.
    Gone,
}

/// Starts a stream and waits for it to run, as far as that was asked for.
pub(in crate::cli) async fn follow(
    once: &Once<'_>,
    service: &Service,
    name: &str,
    afterwards: Afterwards,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    if afterwards.start {
        let exit = start(once, service, name, terminal).await?;
        if exit != Exit::Open {
            return Ok(exit);
        }
    }
    match afterwards.wait {
        Some(seconds) => {
            let client = service.client(terminal)?;
            wait(&client, name, Goal::Running, Duration::from_secs(seconds), terminal).await
        }
        None => Ok(Exit::Open),
    }
}

/// Starts a stream. Standard output may be a report's: everything is told on standard error.
async fn start(
    once: &Once<'_>,
    service: &Service,
    name: &str,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let operation = Operation::StartEventStreaming;
    let call = service::plain(operation, &named(name), terminal)?;
    let due = Due::stream(service, name, &call);
    let name = name.escape_debug();
    match once.call(&due).await? {
        Sent::Before(past) => {
            terminal.note(&format!("{name} was started before, at {}", past.began_at));
            Ok(Exit::Open)
        }
        Sent::Now(started) => {
            let Submitted { receipt, recorded } = *started;
            let outcome = receipt.outcome();
            match outcome {
                Outcome::Accepted => terminal.note(&format!("{name} is being started")),
                _ => refused(operation, &outcome, &receipt, terminal),
            }
            recorded.map_err(|error| once::unrecorded(&error, terminal))?;
            Ok(Exit::from(&outcome))
        }
    }
}

/// Waits after a command about one stream, where that was asked for.
pub(super) async fn wait_as_asked(
    args: &ChangeArgs,
    goal: Goal,
    seconds: Option<u64>,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let Some(seconds) = seconds else { return Ok(Exit::Open) };
    let client = args.common.service(Operation::GetEventStreaming, terminal)?.client(terminal)?;
    wait(&client, &args.name, goal, Duration::from_secs(seconds), terminal).await
}

/// Looks at the stream until it is as it should be, cannot become so, or the time is over.
async fn wait(
    client: &Client,
    name: &str,
    goal: Goal,
    patience: Duration,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let deadline = Instant::now() + patience;
    loop {
        let operation = Operation::GetEventStreaming;
        let exchange: Exchange = service::call(client, operation, &named(name), terminal).await?;
        if goal == Goal::Gone && exchange.outcome().says_no_stream() {
            terminal.note(&format!("{} is gone", name.escape_debug()));
            return Ok(Exit::Open);
        }
        let Some(state) = exchange.data.as_ref().and_then(StreamState::of) else {
            return Ok(untold(&exchange, terminal));
        };
        if let Some(exit) = reached(&state, goal, name, terminal) {
            return Ok(exit);
        }
        if Instant::now() + BEAT > deadline {
            return Ok(over(&state, goal, name, terminal));
        }
        tokio::time::sleep(BEAT).await;
    }
}

fn untold(exchange: &Exchange, terminal: &Terminal) -> Exit {
    let outcome = exchange.outcome();
    refused(Operation::GetEventStreaming, &outcome, exchange, terminal);
    terminal.error("the service does not tell the stream's state");
    match outcome {
        Outcome::Accepted => Exit::Unknown,
        other => Exit::from(&other),
    }
}

/// How a wait ends for a stream that runs or has failed.
fn reached(state: &StreamState, goal: Goal, name: &str, terminal: &Terminal) -> Option<Exit> {
    let name = name.escape_debug();
    match state.phase {
        _ if goal == Goal::Gone => None,
        Phase::Running => {
            terminal.note(&format!("{name} runs"));
            Some(Exit::Open)
        }
        Phase::Failed => {
            let status = escape_terminal(&state.status);
            let detail = state.detail.as_ref().map(escape_terminal).unwrap_or_default();
            terminal.error(&format!("{name} failed: {status} {detail}"));
            Some(Exit::Rejected)
        }
        _ => None,
    }
}

/// What is told when the time is over.
fn over(state: &StreamState, goal: Goal, name: &str, terminal: &Terminal) -> Exit {
    let (name, status) = (name.escape_debug(), escape_terminal(&state.status));
    match goal {
        Goal::Gone => terminal.error(&format!("{name} is still there: it is {status}")),
        Goal::Running => {
            terminal.error(&format!("{name} does not run yet: it is {status}"));
            if state.phase == Phase::Idle {
                terminal.note(&format!("Start it with `cdc-preflight stream start {name}`."));
            }
        }
    }
    Exit::Unknown
}
