//! What happens after a stream was accepted: it is started, and waited for.

use std::time::Duration;

use tokio::time::Instant;

use super::{named, refused};
use crate::cli::Stopped;
use crate::cli::exit::Exit;
use crate::cli::service::{self, Service};
use crate::cli::tell::Terminal;
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

/// Starts a stream and waits for it to run, as far as that was asked for.
pub(in crate::cli) async fn follow(
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
pub(super) async fn wait(
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
