//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::{FaultSpec, KeyPolicy};

/// What a simulator is started with. Only the key policy has no default.
#[derive(Debug)]
pub struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) keys: KeyPolicy,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) faults: Vec<FaultSpec>,
}

impl Config {
    /// A simulator on a free loopback port, without a journal file and without faults.
    pub fn new(keys: KeyPolicy) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listen, keys, journal: None, faults: Vec::new() }
    }

    /// Listens on this address; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Appends the journal to this file, which is created when it does not exist.
    #[must_use]
    pub fn journal(mut self, path: impl Into<PathBuf>) -> Self {
        self.journal = Some(path.into());
        self
    }

    /// Queues a fault behind those already queued.
    #[must_use]
    pub fn fault(mut self, spec: FaultSpec) -> Self {
        self.faults.push(spec);
        self
    }
}
