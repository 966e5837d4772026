//! What goes on in the background for visits that were dropped, until it is over.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// What is still being said.
static PENDING: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Waits until everything is said, for so long at most.
pub(super) async fn all_said(limit: Duration) {
    // The sender lives for ever: only time can run out.
    let _ = timeout(limit, PENDING.subscribe().wait_for(|count| *count == 0)).await;
}

/// Counts one thing to wait for while it lasts.
pub(super) struct Pending;

impl Pending {
    /// From now on it is waited for, until this is dropped.
    pub(super) fn begin() -> Self {
        PENDING.send_modify(|count| *count += 1);
        Self
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.send_modify(|count| *count -= 1);
    }
}
