//! The journal of what was sent, kept in the store: all nodes have the same one.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::store::{Lease, Store, StoreError};
use crate::eventbridge::journal::{Journal, JournalError, Ledger, Target};

/// How often somebody who waits for the journal looks whether it is free.
const LOOK: Duration = Duration::from_millis(100);

/// The journal of one target, which no other node has meanwhile.
///
/// A node that loses its lease, and does not know it yet, cannot write all the same: a line's
/// number is taken once.
pub(super) struct StoreLedger {
    store: Arc<dyn Store>,
    target: String,
    lines: u64,
    lease: Lease,
    renewal: JoinHandle<()>,
}

/// Opens the journal of a target; `None` where another submission has it for so long.
pub(super) async fn open(
    store: Arc<dyn Store>,
    target: Target,
    lasts: Duration,
    patience: Duration,
) -> Result<Option<Journal>, JournalError> {
    let (name, lease) = (target.key(), Lease::new(lasts));
    let deadline = Instant::now() + patience;
    while !store.lock(name.clone(), lease).await.map_err(failed)? {
        if Instant::now() >= deadline {
            return Ok(None);
        }
        tokio::time::sleep(LOOK).await;
    }
    let renewal = tokio::spawn(renew(store.clone(), name.clone(), lease));
    let ledger = StoreLedger { store, target: name, lines: 0, lease, renewal };
    Journal::of(Box::new(ledger), target).await.map(Some)
}

async fn renew(store: Arc<dyn Store>, target: String, lease: Lease) {
    loop {
        tokio::time::sleep(lease.lasts / 4).await;
        if !matches!(store.lock(target.clone(), lease).await, Ok(true)) {
            tracing::warn!("a journal's lease is not renewed");
        }
    }
}

impl Ledger for StoreLedger {
    fn name(&self) -> PathBuf {
        format!("journal of {} in the store", self.target).into()
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, JournalError>> {
        Box::pin(async {
            let lines = self.store.lines(self.target.clone()).await.map_err(failed)?;
            self.lines = lines.len() as u64;
            Ok(lines
                .into_iter()
                .flat_map(|line| line.into_bytes().into_iter().chain([b'\n']))
                .collect())
        })
    }

    fn append(&mut self, line: String) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(async move {
            let number = self.lines + 1;
            if !self.store.append(self.target.clone(), number, line).await.map_err(failed)? {
                return Err(JournalError::Store("another node wrote to it".into()));
            }
            self.lines = number;
            Ok(())
        })
    }
}

impl Drop for StoreLedger {
    /// The lease is given back, or else runs out.
    fn drop(&mut self) {
        self.renewal.abort();
        let (store, target) = (self.store.clone(), self.target.clone());
        let worker = self.lease.worker;
        tokio::spawn(async move { store.unlock(target, worker).await });
    }
}

impl fmt::Debug for StoreLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLedger").field("target", &self.target).finish_non_exhaustive()
    }
}

fn failed(error: StoreError) -> JournalError {
    JournalError::Store(error.to_string())
}
