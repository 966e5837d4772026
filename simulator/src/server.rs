//! Starting the simulator, and stopping it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::faults::FaultQueue;
use crate::journal::Journal;
use crate::state::{Shared, State};
use crate::streams::Streams;
use crate::verify::Verifier;
use crate::{Config, Entry, FaultSpec, connection, control};

/// How long requests in flight may finish after a stop.
const GRACE: Duration = Duration::from_secs(2);
/// The pause after a failed accept: out of descriptors, the next one would fail at once as well.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The simulator, not yet started.
#[derive(Debug)]
pub struct Simulator;

/// Why a simulator did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, not ours or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The journal file cannot be opened for appending.
    #[error("cannot write the journal {}", path.display())]
    Journal {
        /// The path asked for.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Simulator {
    /// Starts a simulator on the current Tokio runtime. It answers from the moment this returns.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the journal file cannot be opened.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let (listen, path) = (config.listen, config.journal);
        let journal = Journal::open(path.as_deref())
            .map_err(|source| StartError::Journal { path: path.unwrap_or_default(), source })?;
        let failed = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let state = Arc::new(State {
            verifier: Verifier::new(config.credentials, config.verify),
            streams: Streams::new(config.delays),
            faults: FaultQueue::new(config.faults),
            journal,
            clock: config.clock,
            account_id: config.account_id,
            region: config.region,
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, Arc::clone(&state), stopped));
        Ok(Running { address, state, stop, task })
    }
}

/// A simulator that answers requests. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    state: Shared,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it answers, for example `http://127.0.0.1:40321`; no slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests received so far, oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.state.journal.entries()
    }

    /// The streams it keeps, in the order of their names, as a caller is told of them.
    pub fn streams(&self) -> Vec<Value> {
        control::streams(&self.state)
    }

    /// Queues a fault behind those that still wait.
    pub fn inject(&self, spec: FaultSpec) {
        self.state.faults.push(spec);
    }

    /// Stops accepting, lets requests in flight finish for up to two seconds, then cuts them off.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // The task ends by itself; it can only fail by a panic, which Tokio has already reported.
        drop(self.task.await);
    }
}

/// Accepts until told to stop, or until the [`Running`] is gone.
async fn accept(listener: TcpListener, state: Shared, mut stopped: watch::Receiver<bool>) {
    let stop = stopped.clone();
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => continue,
            accepted = next(&listener) => accepted,
        };
        connections.spawn(connection::serve(stream, peer, Arc::clone(&state), stop.clone()));
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is still open after the grace is cut when the set is dropped.
    drop(tokio::time::timeout(GRACE, finished).await);
}

async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}
