//! `serve`: the service.

mod access;
mod store;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::connection::{TimeArgs, TlsArgs};
use super::service::ServiceArgs;
use super::tell::Terminal;
use crate::Exit;
use crate::gather::{AllowedTarget, TlsOptions};
use crate::request::read_value;
use crate::serve::logs::{self, LogFormat};
use crate::serve::secrets::SecretSources;
use crate::serve::traces::Traces;
use crate::serve::webhook::{SecretError, SigningSecret, Webhook};
use crate::serve::{self, Config};

use access::AccessArgs;
pub(in crate::cli) use store::StoreAddress;
use store::StoreArgs;
use token::TokenCommand;

pub(super) const EXAMPLES: &str = "\
Examples:
  cdc-preflight serve
  PG_PASSWORD=... cdc-preflight serve --secret-env PG_PASSWORD
  cdc-preflight serve --secrets-dir /run/secrets --log-format json
  cdc-preflight serve --webhook https://hooks.example.com/cdc --webhook-secret-env HOOK_SECRET
  cdc-preflight serve --store postgres://preflight@db.example.com/preflight
  cdc-preflight serve --allow-target '*.rds.aliyuncs.com:5432' --allow-target 10.1.0.0/16
  cdc-preflight serve token create --name admin --scope admin
  cdc-preflight serve --listen 0.0.0.0:8460 --server-cert cert.pem --server-key key.pem \\
      --public-url https://preflight.example.com:8460
  cdc-preflight serve --listen 0.0.0.0:8460 --behind-proxy \\
      --public-url https://preflight.example.com
  curl -H 'Content-Type: application/yaml' -H 'Prefer: wait' --data-binary @request.yaml \\
      http://127.0.0.1:8460/v1/preflights

The web page is at http://127.0.0.1:8460/, the API below /v1.

One node keeps its preflights in a file of the state folder. Several nodes share a PostgreSQL.
SIGTERM has the running preflights end, and the others stay queued.

Whoever may call it may have allowed targets visited with the secrets that are allowed here, and
what was proven sent with the key of this environment. So nobody but this machine may, unless they
show a token: `serve token create` makes the first one, an admin makes others (POST /v1/tokens).
An address that other machines reach needs encryption, its own or that of a proxy.";

#[derive(Debug, Subcommand)]
pub(crate) enum ServeCommand {
    /// Make, list and revoke tokens of the API
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ServeArgs {
    #[command(subcommand)]
    command: Option<ServeCommand>,
    /// Address to listen on; one that other machines reach needs encryption and tokens
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8460",
        env = "CDC_PREFLIGHT_LISTEN"
    )]
    listen: SocketAddr,
    #[command(flatten)]
    store: StoreArgs,
    /// A variable that requests may refer to by ${NAME}, with * at the end several; may be
    /// repeated [default: none]
    #[arg(long = "secret-env", value_name = "NAME")]
    secret_env: Vec<String>,
    /// The folder of the files that requests may refer to by ${file:PATH} [default: none]
    #[arg(long, value_name = "DIR", env = "CDC_PREFLIGHT_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
    /// Where sources may be: HOST, *.SUFFIX, an address or a network, and perhaps :PORT or
    /// :PORT-PORT; may be repeated [default: any network and this machine, where nobody else can
    /// call; else nothing]
    #[arg(long = "allow-target", value_name = "TARGET")]
    allow_target: Vec<AllowedTarget>,
    /// Preflights that run at the same time
    #[arg(long, value_name = "N", default_value_t = 4)]
    workers: u16,
    /// Preflights that may wait; more are refused for now (HTTP 429)
    #[arg(long, value_name = "N", default_value_t = 1000)]
    queue_limit: u64,
    /// HTTP requests that are answered at the same time; more are refused for now (HTTP 429)
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_requests: usize,
    /// The largest body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    max_body: usize,
    /// The longest `Prefer: wait`, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    max_wait: u64,
    /// Seconds without a word after which another node takes a preflight over
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    lease: u64,
    /// Days that ended preflights are kept
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    keep_days: u64,
    /// Seconds that running preflights have to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 25)]
    drain: u64,
    /// Minutes that what was proven may be sent, from the end of its preflight on
    #[arg(long, value_name = "MINUTES", default_value_t = 60,
          value_parser = clap::value_parser!(i64).range(1..=24 * 60))]
    valid_for: i64,
    /// In how many runs, one after the other, a stored source has to be otherwise until that is
    /// told
    #[arg(long, value_name = "RUNS", default_value_t = 2,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    settle: u32,
    /// Who is told when the verdict or the events of a stored source have changed: CloudEvents, by
    /// POST (plain http only to this machine) [default: nobody]
    #[arg(long, value_name = "URL", env = "CDC_PREFLIGHT_WEBHOOK", hide_env_values = true)]
    webhook: Option<String>,
    /// The variable with the secret that signs what is told (Standard Webhooks: whsec_...)
    #[arg(long, value_name = "NAME", requires = "webhook", conflicts_with = "webhook_secret_file")]
    webhook_secret_env: Option<String>,
    /// The file with that secret
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_secret_file: Option<PathBuf>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    service: ServiceArgs,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    time: TimeArgs,
    /// How the log is written on standard output: text or json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, hide_possible_values = true)]
    log_format: LogFormat,
}

/// Runs the service until it is told to stop.
pub(super) fn run(mut args: ServeArgs, terminal: &Terminal) -> Exit {
    if let Some(ServeCommand::Token(command)) = args.command.take() {
        return run_token(command, terminal);
    }
    let log_format = args.log_format;
    let config = match args.config() {
        Ok(config) => config,
        Err(reason) => {
            terminal.error(&reason);
            return Exit::Usage;
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.error(&format!("the runtime cannot be started: {error}"));
            return Exit::Internal;
        }
    };
    let traces = match Traces::start(runtime.handle(), |name| std::env::var(name).ok()) {
        Ok(traces) => traces,
        Err(error) => {
            terminal.error(&format!("traces cannot be exported: {error}"));
            return Exit::Usage;
        }
    };
    logs::start(log_format, traces.as_ref());
    let ended = runtime.block_on(serve::serve(config));
    // The runtime has to run still, for it is what sends.
    if let Some(traces) = traces {
        traces.end();
    }
    match ended {
        Ok(()) => Exit::Open,
        Err(error) => {
            terminal.error(&error.to_string());
            Exit::Internal
        }
    }
}

fn run_token(command: TokenCommand, terminal: &Terminal) -> Exit {
    super::log_to_stderr();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(token::run(command, terminal)).unwrap_or_else(|exit| exit),
        Err(error) => {
            terminal.error(&format!("the runtime cannot be started: {error}"));
            Exit::Internal
        }
    }
}

impl ServeArgs {
    fn config(self) -> Result<Config, String> {
        let webhook = match &self.webhook {
            Some(address) => Some(self.webhook(address)?),
            None => None,
        };
        let config = Config {
            listen: self.listen,
            store: self.store.address()?,
            workers: self.workers.into(),
            queue_limit: self.queue_limit,
            request_limit: self.max_requests,
            body_limit: self.max_body,
            longest_wait: Duration::from_secs(self.max_wait),
            lease: Duration::from_secs(self.lease),
            retention: Duration::from_secs(self.keep_days.saturating_mul(24 * 3600)),
            drain: Duration::from_secs(self.drain),
            secrets: SecretSources { variables: self.secret_env, folder: self.secrets_dir },
            targets: self.allow_target,
            sending: self.service.sending(),
            valid_for: SignedDuration::from_mins(self.valid_for),
            settle: self.settle,
            webhook,
            tls: self.tls.over(TlsOptions::default()),
            deadlines: self.time.over(None),
            ..Config::default()
        };
        let config = self.access.over(config)?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }
    fn webhook(&self, address: &str) -> Result<Webhook, String> {
        let secret = match (&self.webhook_secret_env, &self.webhook_secret_file) {
            (Some(name), _) => std::env::var(name).map_err(|_| format!("{name} is not set"))?,
            (None, Some(file)) => read_value(file, &file.to_string_lossy())?,
            (None, None) => {
                return Err("--webhook needs --webhook-secret-env or --webhook-secret-file: \
                            what is not signed could come from anybody"
                    .into());
            }
        };
        let secret: SigningSecret =
            secret.parse().map_err(|error: SecretError| error.to_string())?;
        let plain_http = self.service.plain_http();
        Webhook::new(address, secret, plain_http).map_err(|error| error.to_string())
    }
}
