//! Drift: what was proven of a stored source is no longer so.
//!
//! ```text
//! a run ends -> look -> settle (is it new, and does it last?) -> events -> outbox -> webhook
//! ```
//!
//! Every finished run of a stored source is looked at once, on one node, in the order in which the
//! runs were asked for. [`settle`] is pure. What is remembered and what is to be told are written
//! together: a node that dies loses neither, and tells nothing twice under another id.

mod event;
mod run;
mod settle;

use std::time::Duration;

use tracing::{error, info};

use self::run::Run;
use self::settle::{Settling, settle};
use super::service::Service;
use super::store::{Settled, StoreError, Track};

/// How often it is looked for runs that ended.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at runs until the service stops.
pub(super) async fn watch(service: Service) {
    while !service.stopping.is_cancelled() {
        match look(&service).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => error!(%error, "runs of stored sources cannot be looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = service.stopping.cancelled() => {}
        }
    }
}

/// Looks at one run, if there is one.
async fn look(service: &Service) -> Result<bool, StoreError> {
    let Some((preflight, before)) = service.store.unseen().await? else { return Ok(false) };
    let (id, source) = (preflight.id, preflight.source.clone().unwrap_or_default());
    let Some(run) = Run::read(preflight) else {
        // It says nothing, and the next one is not to wait for it.
        let (verdict, contract) =
            before.clone().map_or((None, None), |it| (it.verdict, it.contract));
        let now = Track { source, run: id, verdict, contract };
        service.store.advance(before, now, Vec::new()).await?;
        return Ok(true);
    };
    let verdict = earlier(service, before.as_ref().and_then(|it| it.verdict.as_ref())).await?;
    let contract = earlier(service, before.as_ref().and_then(|it| it.contract.as_ref())).await?;
    let settling = Settling { verdict: verdict.as_ref(), contract: contract.as_ref() };
    let needed = service.config.settle;
    let (now, drifts) = settle(&source, before.as_ref(), &run, settling, needed);
    // Without a webhook there is nobody to tell.
    let notices = match service.config.webhook {
        Some(_) => drifts.iter().map(|drift| event::notice(&source, drift)).collect(),
        None => Vec::new(),
    };
    if service.store.advance(before, now, notices).await? {
        for drift in &drifts {
            info!(source, kind = drift.kind(), preflight = %run.id, "a source has drifted");
            service.metrics.count_drift(drift.kind());
        }
        service.outgoing.notify_one();
    }
    Ok(true)
}

/// The run that something else is compared with, where it is still there.
async fn earlier(service: &Service, settled: Option<&Settled>) -> Result<Option<Run>, StoreError> {
    let Some(settled) = settled else { return Ok(None) };
    Ok(service.store.preflight(settled.run).await?.and_then(Run::read))
}
