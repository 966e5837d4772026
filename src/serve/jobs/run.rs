//! One preflight from the document to the verdict.

use std::time::Instant;

use cdc_checks::{CheckResult, Facts};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tracing::{Instrument, error, info, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::found::{Found, intent};
use super::held::Held;
use super::{Job, Slot};
use crate::gate::Policy;
use crate::gather::{self, Destinations};
use crate::preflight::{self, Examined};
use crate::request::{self, Loaded, Request};
use crate::serve::admission;
use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;
use crate::serve::store::{Counts, State, Verdict};

/// Databases of one preflight that are visited at the same time.
const VISITS_AT_ONCE: usize = 8;

/// Refuses documents in which nothing can be proven.
pub(crate) fn check_provable(loaded: &Loaded) -> Result<(), Problem> {
    if loaded.requests.is_empty() {
        let detail = "No request of the document has a database that can be proven.";
        return Err(Problem::new(Kind::InvalidDocument, detail));
    }
    Ok(())
}

/// Runs a job whose document is kept: its secrets are looked up on this node.
pub(super) async fn run_kept(
    service: Service,
    job: Job,
    document: String,
    action: Option<String>,
    slot: Slot,
) {
    let secrets = &service.config.secrets;
    let bytes = document.into_bytes();
    let loaded = request::load_document("document", bytes, action.as_deref(), secrets)
        .map_err(|problems| Problem::of_document(&problems));
    match loaded {
        Ok(loaded) => run_loaded(service, job, loaded, slot).await,
        Err(problem) => end(&service, &job, failed(&problem)).await,
    }
}

/// Runs a job while its lease lasts, and records what came of it.
pub(crate) async fn run_loaded(service: Service, job: Job, loaded: Loaded, slot: Slot) {
    let span = info_span!("preflight");
    span.set_attribute("cdc_preflight.preflight.id", job.id.to_string());
    run_leased(service, job, loaded, slot).instrument(span).await;
}

async fn run_leased(service: Service, job: Job, loaded: Loaded, _slot: Slot) {
    tell(&service, &job, json!({ "event": "started" })).await;
    let verdict = tokio::select! {
        verdict = verdict(&service, &job, &loaded) => verdict,
        () = lose_lease(&service, &job) => {
            warn!(preflight = %job.id, "another worker has the preflight, which took too long");
            return;
        }
        () = service.aborting.cancelled() => return give_back(&service, &job).await,
    };
    end(&service, &job, verdict).await;
}

async fn verdict(service: &Service, job: &Job, loaded: &Loaded) -> Verdict {
    let destinations = match admission::admit(&service.config, &loaded.requests).await {
        Ok(destinations) => destinations,
        Err(problem) => return failed(&problem),
    };
    let began = Instant::now();
    let visits = loaded.requests.iter();
    let visits = visits.map(|request| {
        let span = info_span!("visit");
        span.set_attribute("server.address", request.host().to_owned());
        span.set_attribute("server.port", i64::from(request.port()));
        visit(service.clone(), *job, request.clone(), destinations.clone()).instrument(span)
    });
    let visits: Vec<_> = visits.collect();
    let examined: Vec<Examined> = stream::iter(visits).buffered(VISITS_AT_ONCE).collect().await;
    let found = match Held::now(service.store.as_ref()).await {
        Ok(held) => Found::new(examined, held),
        Err(error) => return failed(&error.into()),
    };
    let (report, exit) = preflight::run_report(&found.examined, &Policy::default());
    service.metrics.count_run(&report.targets, began.elapsed());
    match found.written() {
        Ok(result) => Verdict {
            state: State::Finished,
            is_open: Some(report.targets.iter().all(|target| target.gate.open)),
            exit_code: Some(exit.code()),
            counts: Some(counts(report.targets.iter().flat_map(|one| &one.report.results))),
            result,
        },
        Err(error) => {
            error!(%error, "facts cannot be written");
            failed(&Problem::new(Kind::Internal, "What was found cannot be written."))
        }
    }
}

fn counts<'a>(results: impl IntoIterator<Item = &'a CheckResult>) -> Counts {
    let mut counts = Counts::new();
    for result in results {
        *counts.entry(result.outcome.as_str().to_owned()).or_default() += 1;
    }
    counts
}

async fn visit(
    service: Service,
    job: Job,
    request: Request,
    destinations: Destinations,
) -> Examined {
    let (tls, deadlines) = (&service.config.tls, service.config.deadlines);
    let (intent, probe) = (intent(&request.facts(), job.options), job.options.probe);
    let visit = gather::gather_within(&destinations, &request, &intent, tls, deadlines, probe);
    let facts: Facts = visit.await;
    let examined = Examined::new(facts, intent);
    tell(&service, &job, visited(&request, &examined)).await;
    examined
}

/// What is told once a database was visited: which one, how many checks came to what, and which
/// close the gate where nobody waives them.
fn visited(request: &Request, examined: &Examined) -> Value {
    let results = &examined.report.results;
    let closing = results.iter().filter(|result| result.closes_gate());
    let closing: Vec<&str> = closing.map(|result| result.check.id).collect();
    json!({
        "event": "visited", "host": request.host(), "port": request.port(),
        "checks": counts(results), "closing": closing,
    })
}

fn failed(problem: &Problem) -> Verdict {
    let result = json!(problem.body(None)).to_string();
    Verdict { state: State::Failed, is_open: None, exit_code: None, counts: None, result }
}

/// Renews the lease until it is lost.
async fn lose_lease(service: &Service, job: &Job) {
    let mut missed = 0;
    loop {
        tokio::time::sleep(job.lease.lasts / 4).await;
        match service.store.renew(job.id, job.lease).await {
            Ok(true) => missed = 0,
            Ok(false) => return,
            // The store is asked again while the lease may still last.
            Err(error) => {
                warn!(%error, preflight = %job.id, "a lease is not renewed");
                missed += 1;
                if missed >= 4 {
                    return;
                }
            }
        }
    }
}

async fn end(service: &Service, job: &Job, verdict: Verdict) {
    let (state, is_open) = (verdict.state.as_str(), verdict.is_open);
    match service.store.finish(job.id, job.lease.worker, verdict).await {
        Ok(true) => {
            info!(preflight = %job.id, state, gate_open = is_open, "a preflight ended");
            service.news.notify_waiters();
        }
        Ok(false) => warn!(preflight = %job.id, "another worker has the preflight"),
        // The lease runs out, and the job is done again.
        Err(error) => error!(%error, preflight = %job.id, "a result is not recorded"),
    }
}

async fn give_back(service: &Service, job: &Job) {
    match service.store.release(job.id, job.lease.worker).await {
        Ok(true) => info!(preflight = %job.id, "a preflight is given back to the queue"),
        Ok(false) => warn!(preflight = %job.id, "a preflight is lost, whose secrets are not kept"),
        Err(error) => error!(%error, preflight = %job.id, "a preflight is not given back"),
    }
}

/// Progress is for people who watch: the run does not depend on it.
async fn tell(service: &Service, job: &Job, event: Value) {
    if let Err(error) = service.store.tell(job.id, event).await {
        warn!(%error, preflight = %job.id, "progress is not recorded");
    }
    service.news.notify_waiters();
}
