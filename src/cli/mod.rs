//! The command line: one file per command.

mod args;
mod assume;
mod broker;
mod check;
mod checks;
mod completions;
mod config;
mod configure;
mod connection;
mod connector;
mod costs;
mod definition;
mod diff;
mod events;
mod events_diff;
mod filter;
mod github;
mod given;
mod init;
mod input;
mod live;
mod once;
mod pattern;
mod plan;
mod predicted;
mod progress;
mod remedy;
mod remote_check;
mod rules;
mod schema;
mod secret_file;
mod serve;
mod service;
mod source;
mod stream;
mod tell;
mod transform;
mod wait;
mod waivers;

use std::ffi::OsString;

use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use pattern::PatternCommand;
use tell::Terminal;
use transform::TransformCommand;

use crate::{Exit, gather};

/// Why a command stopped early: already told to the user.
pub(crate) type Stopped = Exit;

/// Parses the process's arguments, runs the command, and says how to exit.
pub fn main() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match config::parse(&arguments) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let terminal = Terminal::new(cli.color);
    if let Err(exit) = secret_file::read(&terminal) {
        return exit;
    }
    if let Command::Serve(args) = cli.command {
        // It has a log, a runtime and a way to end of its own.
        return serve::run(*args, &terminal);
    }
    log_to_stderr();
    // One thread is enough for a few connections, and it starts faster than many.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run_until_interrupted(cli)),
        Err(error) => {
            Terminal::new(cli.color)
                .speaking(cli.lang)
                .error(&format!("the runtime cannot be started: {error}"));
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
    let terminal = Terminal::new(cli.color).speaking(cli.lang);
    tokio::select! {
        // First, so that an interruption is heard from the first moment on.
        biased;
        // Dropping the command closes its connections; the servers end their sessions with them,
        // but for those that are busy creating a slot: they have to be told.
        _ = tokio::signal::ctrl_c() => {
            terminal.interrupted();
            gather::settled().await;
            Exit::Interrupted
        }
        exit = run(cli, &terminal) => exit.unwrap_or_else(|stopped| stopped),
    }
}

async fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, Stopped> {
    match cli.command {
        Command::Check(args) => Box::pin(check::run(args, terminal)).await,
        Command::Configure(args) => Box::pin(configure::run(*args, terminal)).await,
        Command::Events(args) => Box::pin(events::run(args, terminal)).await,
        Command::Remedy(args) => Box::pin(remedy::run(*args, terminal)).await,
        Command::Schema(command) => schema::run(command, terminal),
        Command::Stream(command) => Box::pin(stream::run(*command, terminal)).await,
        Command::Checks(command) => checks::run(command, terminal),
        Command::Diff(args) => diff::run(&args, terminal),
        Command::Waivers(command) => waivers::run(&command, terminal),
        Command::Pattern(PatternCommand::Test(args)) => {
            Box::pin(pattern::test(*args, terminal)).await
        }
        Command::Transform(TransformCommand::Test(args)) => {
            Box::pin(transform::test(*args, terminal)).await
        }
        Command::Init(args) => init::run(&args, terminal),
        Command::Config(command) => config::run(&command, &cli.config, terminal),
        Command::Completions { shell } => completions::completions(shell, terminal),
        Command::Man(args) => completions::man(&args, terminal),
        Command::Serve(args) => Ok(serve::run(*args, terminal)),
    }
}
