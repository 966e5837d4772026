//! The service's log: events on standard output, a line each. Where traces are exported, the same
//! spans and events go there.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::traces::Traces;

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
pub fn start(format: LogFormat, traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_env("CDC_PREFLIGHT_LOG")
        .unwrap_or_else(|_| "warn,cdc_preflight=info".into());
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stdout);
    let log = match format {
        LogFormat::Text => log.with_ansi(false).boxed(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).boxed(),
    };
    let traces = traces.map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer()));
    tracing_subscriber::registry().with(filter).with(log).with(traces).init();
}
