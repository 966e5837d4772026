//! Preflights that run: which one next, for how long, and what came of it.
//!
//! A worker leases the oldest job that is due and renews the lease while it works. A node that
//! dies renews nothing, and another one takes the job. Whatever a worker writes, it writes under
//! its lease: one that has lost it changes nothing.

mod found;
mod held;
mod run;
mod worker;

use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

pub(super) use found::{Found, unreadable};
pub(super) use held::Held;
pub(super) use run::{check_provable, run_loaded};

use super::service::Service;
use super::store::{Lease, RunOptions};
use super::{drift, webhook};

/// A preflight that a worker of this node has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) id: Uuid,
    pub(super) options: RunOptions,
    pub(super) lease: Lease,
}

/// The right to run one preflight on this node.
pub(super) struct Slot(#[expect(dead_code, reason = "it is held, not read")] OwnedPermit);

type OwnedPermit = tokio::sync::OwnedSemaphorePermit;

/// How long to wait for a slot: workers that look for a job hold one meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// A slot, where one is free.
pub(super) async fn slot(service: &Service) -> Option<Slot> {
    let permit = timeout(PATIENCE, service.slots.clone().acquire_owned()).await.ok()?;
    permit.ok().map(Slot)
}

/// Starts the workers, the schedule, the housekeeping and the messages of this node.
pub(super) fn start(service: &Service) {
    for _ in 0..service.config.workers {
        service.tasks.spawn(worker::work(service.clone()));
    }
    service.tasks.spawn(worker::schedule(service.clone()));
    service.tasks.spawn(worker::keep_house(service.clone()));
    service.tasks.spawn(drift::watch(service.clone()));
    service.tasks.spawn(webhook::deliver(service.clone()));
}
