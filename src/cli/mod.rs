//! The command line: one file per command.

mod args;
mod broker;
mod check;
mod checks;
mod configure;
mod connector;
mod events;
mod events_diff;
mod exit;
mod given;
mod once;
mod pattern;
mod plan;
mod progress;
mod remote_check;
mod serve;
mod service;
mod source;
mod stream;
mod tell;
mod transform;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::{ChecksCommand, Cli, Command};
pub use exit::Exit;
use pattern::PatternCommand;
use tell::Terminal;
use transform::TransformCommand;

use crate::gather;

/// Why a command stopped early: already told to the user.
pub(crate) type Stopped = Exit;

/// Parses the process's arguments, runs the command, and says how to exit.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come as errors as well, on standard output.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Open };
            // A reader that has gone away is no error.
            let _ = error.print();
            return exit;
        }
    };
    if let Command::Serve(args) = cli.command {
        // It has a log, a runtime and a way to end of its own.
        return serve::run(*args, &Terminal::new(cli.color));
    }
    log_to_stderr();
    // One thread is enough for a few connections, and it starts faster than many.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run_until_interrupted(cli)),
        Err(error) => {
            Terminal::new(cli.color).error(&format!("the runtime cannot be started: {error}"));
            Exit::Internal
        }
    }
}

/// Logs of this program and of the libraries below it; `CDC_PREFLIGHT_LOG` is a filter such as
/// `debug`.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("CDC_PREFLIGHT_LOG").unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

async fn run_until_interrupted(cli: Cli) -> Exit {
    let terminal = Terminal::new(cli.color);
    tokio::select! {
        exit = run(cli.command, &terminal) => exit.unwrap_or_else(|stopped| stopped),
        // Dropping the command closes its connections; the servers end their sessions with them,
        // but for those that are busy creating a slot: they have to be told.
        _ = tokio::signal::ctrl_c() => {
            terminal.interrupted();
            gather::settled().await;
            Exit::Interrupted
        }
    }
}

async fn run(command: Command, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        Command::Check(args) => Box::pin(check::run(args, terminal)).await,
        Command::Configure(args) => Box::pin(configure::run(args, terminal)).await,
        Command::Events(args) => Box::pin(events::run(args, terminal)).await,
        Command::Stream(command) => Box::pin(stream::run(*command, terminal)).await,
        Command::Checks(ChecksCommand::List { format }) => checks::list(format, terminal),
        Command::Checks(ChecksCommand::Explain { id }) => checks::explain(&id, terminal),
        Command::Pattern(PatternCommand::Test(args)) => pattern::test(&args, terminal),
        Command::Transform(TransformCommand::Test(args)) => transform::test(&args, terminal),
        Command::Serve(args) => Ok(serve::run(*args, terminal)),
    }
}
