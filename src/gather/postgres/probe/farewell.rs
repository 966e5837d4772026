//! How a replication connection ends: never by just hanging up, because a server that is busy does
//! not notice and would keep WAL for a slot that nobody wants.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::connection::{Activity, Connection};
use super::route::Route;
use crate::gather::farewells::Pending;

/// How long the server may take to stop a command that was cancelled.
pub(super) const STOP_LIMIT: Duration = Duration::from_secs(3);

/// How long the server may take to end the connection.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// How long the replication connection of a visit that was dropped may take to be closed.
pub(in crate::gather) const LIMIT: Duration =
    Duration::from_secs(STOP_LIMIT.as_secs() + 3 * CLOSE_LIMIT.as_secs());

/// A connection that takes leave however it comes to its end, also where the visit is dropped.
pub(super) struct Guarded {
    route: Route,
    connection: Option<Connection>,
}

impl Guarded {
    pub(super) fn new(route: Route, connection: Connection) -> Self {
        Self { route, connection: Some(connection) }
    }

    pub(super) fn get(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("only a farewell takes it")
    }

    /// Closes the connection and waits for the server to have done so, too.
    pub(super) async fn leave(mut self) {
        // Dropped halfway, it begins again in the background.
        if let Some(connection) = &mut self.connection {
            farewell(&self.route, connection).await;
        }
        self.connection = None;
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let (Some(mut connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        let route = self.route.clone();
        let pending = Pending::begin();
        runtime.spawn(async move {
            farewell(&route, &mut connection).await;
            drop(pending);
        });
    }
}

/// Stops what is running, waits for the server to say so, then says goodbye.
async fn farewell(route: &Route, connection: &mut Connection) {
    if connection.activity == Activity::Command {
        route.cancel(connection.key).await;
        let _ = timeout(STOP_LIMIT, connection.until_idle()).await;
    }
    let closed = timeout(CLOSE_LIMIT, connection.until_closed()).await;
    if closed.is_err() && connection.activity == Activity::Streaming {
        // It may be in the middle of a large transaction.
        route.cancel(connection.key).await;
        let _ = timeout(CLOSE_LIMIT, connection.until_closed()).await;
    }
}
