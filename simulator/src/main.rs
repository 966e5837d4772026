//! The command `eventbridge-simulator`.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use eventbridge_simulator::{Config, FaultSpec, KeyPolicy, Simulator};
use secrecy::SecretString;

const FAULTS_AND_EXAMPLES: &str = "\
Faults (each is spent on one request, or on N with `:count=N`, in the order given):
  429[:retry-after=S]    status 429, TooManyRequests; with a Retry-After header of S seconds
  400-throttling         status 400, Throttling.User
  500, 503               InternalError, ServiceUnavailable
  reject:CODE            status 400 with this Code
  not-success[:CODE]     status 200 whose envelope says Success: false
  html                   status 502 with a page of HTML
  slow:MS                accepts and journals the request, answers MS milliseconds later
  drop                   accepts and journals the request, closes the connection unanswered
  drop-before            resets the connection before reading; nothing is journalled

Examples:
  EVENTBRIDGE_API_KEY=test-key eventbridge-simulator --journal journal.jsonl
  eventbridge-simulator --allow-any-key --listen 127.0.0.1:8080
  eventbridge-simulator --allow-any-key --fault 429:retry-after=2:count=3 --fault drop";

/// A stand-in for the EventBridge API, for tests, demonstrations and CI.
///
/// Answers configurePostgreSQLSource and configureMySQLSource, keeps a journal of what it
/// received, and misbehaves on demand. The first line on standard output is the address it listens
/// on, as a URL. It stops on SIGINT and SIGTERM.
#[derive(Debug, Parser)]
#[command(version, after_help = FAULTS_AND_EXAMPLES)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The API key to accept. Better set by the environment: a command line is visible to every
    /// user of the machine in its list of processes
    #[arg(
        long,
        value_name = "KEY",
        env = "EVENTBRIDGE_API_KEY",
        hide_env_values = true,
        value_parser = api_key,
        required_unless_present = "allow_any_key"
    )]
    api_key: Option<SecretString>,

    /// Accept every API key that is not empty, whatever --api-key says
    #[arg(long)]
    allow_any_key: bool,

    /// File to append a JSON line to for each request received; passwords and keys are redacted
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// A fault to answer with, see below; may be repeated
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<FaultSpec>,
}

fn api_key(text: &str) -> Result<SecretString, &'static str> {
    if text.is_empty() { Err("the key is empty") } else { Ok(text.into()) }
}

impl Arguments {
    fn config(self) -> Config {
        let keys = match self.api_key {
            Some(key) if !self.allow_any_key => KeyPolicy::require(key),
            _ => KeyPolicy::Any,
        };
        let config = Config::new(keys).listen(self.listen);
        let config = self.faults.into_iter().fold(config, Config::fault);
        match self.journal {
            Some(path) => config.journal(path),
            None => config,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().config()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            // Nobody is left to tell when standard error is gone too.
            drop(writeln!(io::stderr(), "eventbridge-simulator: {error}{cause}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    // Listened for before the address is told: whoever read it may send a signal at once.
    let stop = stop_signal()?;
    let running = Simulator::start(config).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", running.url())?;
    stdout.flush()?;
    stop.await;
    running.stop().await;
    Ok(())
}

/// Resolves on SIGINT or SIGTERM. Both are caught from the moment this returns.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves on Ctrl-C, or when it cannot be waited for.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
