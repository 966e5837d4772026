//! What is counted, for Prometheus. No label has values that callers choose without bound: hosts,
//! tables and users are in none, and a source is one that the operator's own people stored.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::store::SourceStanding;
use crate::report::TargetReport;

/// Seconds that a visit takes, from a local server to the time limit.
const RUN_BUCKETS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0];
/// Seconds that an answer takes.
const ANSWER_BUCKETS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

type RealGauge = Gauge<f64, AtomicU64>;

/// The counters of a node.
pub(super) struct Metrics {
    registry: Registry,
    runs: Family<Run, Counter>,
    run_duration: Histogram,
    check_outcomes: Family<CheckOutcome, Counter>,
    submit_attempts: Family<Attempt, Counter>,
    drifts: Family<Drift, Counter>,
    deliveries: Family<Attempt, Counter>,
    requests: Family<HttpRequest, Counter>,
    answer_duration: Histogram,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Run {
    engine: &'static str,
    gate: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct CheckOutcome {
    check: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Attempt {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Drift {
    kind: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct HttpRequest {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Source {
    source: String,
}

/// What the store says: the same on all nodes.
pub(super) struct StoreFigures {
    /// Preflights that wait or run.
    pub(super) backlog: u64,
    /// Messages that the webhook has not taken yet.
    pub(super) notices: u64,
    /// How the stored sources stand.
    pub(super) sources: Vec<SourceStanding>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("cdc_preflight");
        let metrics = Self {
            runs: Family::default(),
            run_duration: Histogram::new(RUN_BUCKETS),
            check_outcomes: Family::default(),
            submit_attempts: Family::default(),
            drifts: Family::default(),
            deliveries: Family::default(),
            requests: Family::default(),
            answer_duration: Histogram::new(ANSWER_BUCKETS),
            registry: Registry::default(),
        };
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", build);
        registry.register("runs", "Databases that were visited", metrics.runs.clone());
        let help = "How long a preflight took, in seconds";
        registry.register("run_duration_seconds", help, metrics.run_duration.clone());
        let help = "Checks that were judged";
        registry.register("check_outcomes", help, metrics.check_outcomes.clone());
        let help = "Requests that were to be sent, by what came of it";
        registry.register("submit_attempts", help, metrics.submit_attempts.clone());
        let help = "Changes of stored sources that lasted: of the verdict, of the event contract";
        registry.register("drifts", help, metrics.drifts.clone());
        let help = "Attempts to send a message to the webhook";
        registry.register("webhook_deliveries", help, metrics.deliveries.clone());
        registry.register("http_requests", "Requests to this service", metrics.requests.clone());
        let help = "How long an answer took to begin, in seconds";
        registry.register("http_request_duration_seconds", help, metrics.answer_duration.clone());
        Self { registry, ..metrics }
    }

    /// A preflight ended with these reports.
    pub(super) fn count_run(&self, targets: &[TargetReport], took: Duration) {
        self.run_duration.observe(took.as_secs_f64());
        for target in targets {
            let gate = target.gate.state().as_str();
            self.runs.get_or_create(&Run { engine: target.engine.as_str(), gate }).inc();
            for result in &target.report.results {
                let (check, outcome) = (result.check.id, result.outcome.as_str());
                self.check_outcomes.get_or_create(&CheckOutcome { check, outcome }).inc();
            }
        }
    }

    /// Something was to be sent; `outcome` is one of a few words.
    pub(super) fn count_submission(&self, outcome: &'static str) {
        self.submit_attempts.get_or_create(&Attempt { outcome }).inc();
    }

    /// A stored source has drifted; `kind` is one of a few words.
    pub(super) fn count_drift(&self, kind: &'static str) {
        self.drifts.get_or_create(&Drift { kind }).inc();
    }

    /// A message was to be sent; `outcome` is one of a few words.
    pub(super) fn count_delivery(&self, outcome: &'static str) {
        self.deliveries.get_or_create(&Attempt { outcome }).inc();
    }

    /// A request was answered; `route` is the pattern, not the path.
    pub(super) fn count_request(
        &self,
        method: &'static str,
        route: &str,
        status: u16,
        took: Duration,
    ) {
        let route = route.to_owned();
        self.requests.get_or_create(&HttpRequest { method, route, status }).inc();
        self.answer_duration.observe(took.as_secs_f64());
    }

    /// Everything, and what the store says.
    pub(super) fn text(&self, store: &StoreFigures) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        let _ = encode(&mut text, &of_store(store));
        // Of two documents in a row only the last may say that it ends.
        text.replacen("# EOF\n", "", 1)
    }
}

fn of_store(store: &StoreFigures) -> Registry {
    let mut registry = Registry::with_prefix("cdc_preflight");
    let help = "Preflights that wait or run, on all nodes";
    registry.register("backlog", help, gauge(store.backlog));
    let help = "Messages that the webhook has not taken yet, of all nodes";
    registry.register("webhook_backlog", help, gauge(store.notices));
    let (gates, times) =
        (Family::<Source, Gauge>::default(), Family::<Source, RealGauge>::default());
    for standing in &store.sources {
        let source = Source { source: standing.source.clone() };
        gates.get_or_create(&source).set(standing.is_open.into());
        let seconds = standing.finished_at.as_millisecond() as f64 / 1000.0;
        times.get_or_create(&source).set(seconds);
    }
    registry.register("gate_open", "Whether the gate of a stored source is open", gates);
    let help = "When a stored source was last visited";
    registry.register("last_run_timestamp_seconds", help, times);
    registry
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::<i64>::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_documented_ones_and_the_text_ends_once() {
        let metrics = Metrics::new();
        metrics.count_request("GET", "/v1/preflights", 200, Duration::from_millis(3));
        metrics.count_submission("accepted");
        let finished_at = jiff::Timestamp::UNIX_EPOCH;
        let standing = SourceStanding { source: "orders".into(), is_open: true, finished_at };
        metrics.count_drift("contract");
        let store = StoreFigures { backlog: 7, notices: 2, sources: vec![standing] };
        let text = metrics.text(&store);
        for line in [
            "cdc_preflight_build_info{version=",
            "cdc_preflight_http_requests_total{method=\"GET\",route=\"/v1/preflights\",status=\"200\"} 1",
            "cdc_preflight_submit_attempts_total{outcome=\"accepted\"} 1",
            "cdc_preflight_backlog 7",
            "cdc_preflight_webhook_backlog 2",
            "cdc_preflight_drifts_total{kind=\"contract\"} 1",
            "cdc_preflight_gate_open{source=\"orders\"} 1",
            "cdc_preflight_last_run_timestamp_seconds{source=\"orders\"} 0.0",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
    }
}
