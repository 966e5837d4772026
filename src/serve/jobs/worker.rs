//! The loops of a node: workers, schedule and housekeeping.

use std::time::Duration;

use tracing::{error, info};

use super::{Job, Slot, run};
use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;
use crate::serve::store::{Lease, Preflight, StoreError};

/// How often a worker looks for jobs that other nodes got.
const LOOK: Duration = Duration::from_millis(500);
/// How often old and abandoned preflights are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// How often stored sources are looked at.
const SCHEDULE: Duration = Duration::from_secs(1);

/// Runs one job after the other until the service stops.
pub(super) async fn work(service: Service) {
    loop {
        let permit = tokio::select! {
            permit = service.slots.clone().acquire_owned() => permit,
            () = service.stopping.cancelled() => return,
        };
        let Ok(permit) = permit else { return };
        match claim(&service).await {
            Ok(Some((preflight, lease))) => {
                run_one(&service, preflight, lease, Slot(permit)).await;
                continue;
            }
            Ok(None) => drop(permit),
            Err(error) => {
                drop(permit);
                error!(%error, "no job can be had");
            }
        }
        tokio::select! {
            () = service.work.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = service.stopping.cancelled() => return,
        }
    }
}

async fn claim(service: &Service) -> Result<Option<(Preflight, Lease)>, StoreError> {
    if service.stopping.is_cancelled() {
        return Ok(None);
    }
    let lease = Lease::new(service.config.lease);
    Ok(service.store.claim(lease).await?.map(|preflight| (preflight, lease)))
}

async fn run_one(service: &Service, preflight: Preflight, lease: Lease, slot: Slot) {
    let job = Job { id: preflight.id, options: preflight.options, lease };
    // The claim gives only jobs whose document was kept.
    let document = preflight.document.unwrap_or_default();
    run::run_kept(service.clone(), job, document, preflight.action, slot).await;
}

/// Removes what nobody needs any more, and ends what nobody will end.
pub(super) async fn keep_house(service: Service) {
    let dead = "The node that ran it is gone, and its secrets with it.";
    let problem = serde_json::json!(Problem::new(Kind::Unavailable, dead).body(None));
    while !service.stopping.is_cancelled() {
        match service.store.purge(service.config.retention).await {
            Ok(0) => {}
            Ok(count) => info!(count, "old preflights are removed"),
            Err(error) => error!(%error, "old preflights are not removed"),
        }
        match service.store.purge_audit(service.config.audit_retention).await {
            Ok(0) => {}
            Ok(count) => info!(count, "old entries of the audit log are removed"),
            Err(error) => error!(%error, "old entries of the audit log are not removed"),
        }
        match service.store.abandon(problem.clone()).await {
            Ok(0) => {}
            Ok(count) => info!(count, "preflights of dead nodes are ended"),
            Err(error) => error!(%error, "preflights of dead nodes are not ended"),
        }
        pause(&service, HOUSEKEEPING).await;
    }
}

/// Queues a preflight for every stored source whose time has come, on one node each time.
pub(super) async fn schedule(service: Service) {
    while !service.stopping.is_cancelled() {
        match service.store.begin_due().await {
            Ok(Some(source)) => {
                info!(source, "a stored source is due");
                service.work.notify_one();
                continue;
            }
            Ok(None) => {}
            Err(error) => error!(%error, "stored sources cannot be looked at"),
        }
        pause(&service, SCHEDULE).await;
    }
}

async fn pause(service: &Service, duration: Duration) {
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        () = service.stopping.cancelled() => {}
    }
}
