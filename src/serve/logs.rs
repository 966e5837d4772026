//! The service's log: events on standard output, a line each.

use tracing_subscriber::EnvFilter;

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// A JSON object a line
    Json,
}

/// Starts the log. `CDC_PREFLIGHT_LOG` is a filter such as `debug`; without it, what the service
/// does is told, and of the libraries below it what goes wrong.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("CDC_PREFLIGHT_LOG")
        .unwrap_or_else(|_| "warn,cdc_preflight=info".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stdout);
    match format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).init(),
    }
}
