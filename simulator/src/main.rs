//! The command `eventbridge-simulator`.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use eventbridge_simulator::{AccessKey, Config, FaultSpec, KeyPolicy, Simulator, Verify};
use secrecy::SecretString;

const FAULTS_AND_EXAMPLES: &str = "\
Faults (each is spent on one request, in the order given):
  404[:CODE]             status 404, EventStreamingNotExisted if no CODE is given
  429[:retry-after=S][:x-acs-retry-after=MS]
                         status 429, TooManyRequests; with these headers
  400-throttling         status 400, Throttling.User
  500, 503               InternalError, ServiceUnavailable
  reject:CODE            status 400 with this Code
  not-success[:CODE]     status 200 whose envelope says Success: false
  html                   status 502 with a page of HTML
  slow:MS                carries out the request, answers MS milliseconds later
  drop                   carries out the request, closes the connection unanswered
  truncated              carries out the request, answers half of the JSON
  empty                  carries out the request, answers without a body
  content-type[:TYPE]    carries out the request, answers under a wrong media type
  start-fails, run-fails the next stream that starts ends STARTING_FAILED, RUNNING_FAILED
  check-fails            the next TestEventSourceConfig tells of a failed check
  drop-before            resets the connection before reading; nothing is journalled
Every fault takes :count=N for N requests, and all but drop-before :on=OPERATION.
A file holds one fault per line, or a JSON list of them.

Examples:
  EVENTBRIDGE_API_KEY=test-key eventbridge-simulator --journal journal.jsonl
  eventbridge-simulator --access-key-id id --access-key-secret secret --start-delay 30000
  eventbridge-simulator --verify off --listen 127.0.0.1:8080 --faults faults.txt
  eventbridge-simulator --allow-any-key --fault 429:retry-after=2:count=3 \\
    --fault drop:on=CreateEventStreaming
  curl -s http://127.0.0.1:8080/_simulator/journal";

/// A stand-in for the EventBridge API, for tests, demonstrations and CI.
///
/// Speaks the dialects of the service on one port, verifies signatures, keeps streams and a journal
/// of what it received, and misbehaves on demand. The first line on standard output is the address
/// it listens on, as a URL. It stops on SIGINT and SIGTERM.
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
        value_parser = secret
    )]
    api_key: Option<SecretString>,

    /// Accept every API key that is not empty, whatever --api-key says
    #[arg(long)]
    allow_any_key: bool,

    /// The access key to accept
    #[arg(
        long,
        value_name = "ID",
        env = "ALIBABA_CLOUD_ACCESS_KEY_ID",
        hide_env_values = true,
        requires = "access_key_secret"
    )]
    access_key_id: Option<String>,

    /// The secret that its callers sign with. Better set by the environment
    #[arg(
        long,
        value_name = "SECRET",
        env = "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        hide_env_values = true,
        value_parser = secret,
        requires = "access_key_id"
    )]
    access_key_secret: Option<SecretString>,

    /// The token that its callers have to send: makes it a temporary key of STS
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ALIBABA_CLOUD_SECURITY_TOKEN",
        hide_env_values = true,
        value_parser = secret,
        requires = "access_key_id"
    )]
    security_token: Option<SecretString>,

    /// How closely callers are looked at: strict; lenient, where a signature may be old, repeated
    /// and cover less; or off
    #[arg(long, value_name = "MODE", default_value_t)]
    verify: Verify,

    /// The account in the names of resources
    #[arg(long, value_name = "N", default_value = "1000000000000000", value_parser = account)]
    account_id: String,

    /// The region in the names of resources
    #[arg(long, value_name = "REGION", default_value = "cn-hangzhou")]
    region: String,

    /// How many milliseconds a stream is STARTING; the cloud takes 30 to 60 seconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    start_delay: u64,

    /// How many milliseconds a stream keeps its status after it was told to pause
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pause_delay: u64,

    /// How many milliseconds a stream is still there after it was deleted
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delete_delay: u64,

    /// File to append a JSON line to for each request received; secrets are redacted
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// A fault to answer with, see below; may be repeated
    #[arg(long = "fault", value_name = "SPEC")]
    fault: Vec<FaultSpec>,

    /// File with faults, which come before those of --fault
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

fn secret(text: &str) -> Result<SecretString, &'static str> {
    if text.is_empty() { Err("the key is empty") } else { Ok(text.into()) }
}

fn account(text: &str) -> Result<String, &'static str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(text.to_owned()) } else { Err("an account id is a number") }
}

impl Arguments {
    /// What the simulator is started with.
    fn config(self) -> Result<Config, clap::Error> {
        let access_key = self.access_key_id.zip(self.access_key_secret);
        let keys = match self.api_key {
            Some(key) if !self.allow_any_key => KeyPolicy::require(key),
            None if !self.allow_any_key && self.verify != Verify::Off => KeyPolicy::Nobody,
            _ => KeyPolicy::Any,
        };
        if matches!(keys, KeyPolicy::Nobody) && access_key.is_none() {
            let message = "nobody would be let in: give --api-key <KEY>, --access-key-id <ID> \
                with --access-key-secret <SECRET>, --allow-any-key or --verify off";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        let mut config = Config::new(keys)
            .listen(self.listen)
            .verify(self.verify)
            .account_id(self.account_id)
            .region(self.region)
            .start_delay(Duration::from_millis(self.start_delay))
            .pause_delay(Duration::from_millis(self.pause_delay))
            .delete_delay(Duration::from_millis(self.delete_delay));
        if let Some((id, secret)) = access_key {
            let key = AccessKey::new(id, secret);
            config = config.access_key(match self.security_token {
                Some(token) => key.security_token(token),
                None => key,
            });
        }
        if let Some(path) = self.journal {
            config = config.journal(path);
        }
        let of_file = self.faults.map(faults).transpose()?.unwrap_or_default();
        Ok(of_file.into_iter().chain(self.fault).fold(config, Config::fault))
    }
}

/// The faults of a file.
fn faults(path: PathBuf) -> Result<Vec<FaultSpec>, clap::Error> {
    let wrong = |kind, text: String| {
        let message = format!("cannot use the faults {}: {text}", path.display());
        Arguments::command().error(kind, message)
    };
    let text =
        std::fs::read_to_string(&path).map_err(|error| wrong(ErrorKind::Io, error.to_string()))?;
    FaultSpec::read_all(&text).map_err(|error| wrong(ErrorKind::ValueValidation, error.to_string()))
}

#[tokio::main]
async fn main() -> ExitCode {
    let config = Arguments::parse().config().unwrap_or_else(|error| error.exit());
    match run(config).await {
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
