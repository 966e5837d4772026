//! The loops of a node: workers, and housekeeping.

use std::time::Duration;

use tracing::{error, info};

use super::{Job, Slot, run};
use crate::serve::service::Service;
use crate::serve::store::{Lease, Preflight, StoreError};

/// How often a worker looks for jobs that other nodes got.
const LOOK: Duration = Duration::from_millis(500);
/// How often old preflights are removed.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

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

/// Removes what nobody needs any more.
pub(super) async fn keep_house(service: Service) {
    loop {
        match service.store.purge(service.config.retention).await {
            Ok(0) => {}
            Ok(count) => info!(count, "old preflights are removed"),
            Err(error) => error!(%error, "old preflights are not removed"),
        }
        tokio::select! {
            () = tokio::time::sleep(HOUSEKEEPING) => {}
            () = service.stopping.cancelled() => return,
        }
    }
}
