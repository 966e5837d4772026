//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::streams::Delays;
use crate::{AccessKey, FaultSpec, KeyPolicy, Verify};

/// What a simulator is started with. Only the key policy has no default.
#[derive(Debug)]
pub struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) credentials: Credentials,
    pub(crate) verify: Verify,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) delays: Delays,
    pub(crate) clock: Clock,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) faults: Vec<FaultSpec>,
}

impl Config {
    /// A simulator on a free loopback port that verifies strictly and changes states at once,
    /// without access keys, journal file and faults.
    pub fn new(api_keys: KeyPolicy) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            credentials: Credentials { api_keys, access_keys: Vec::new() },
            verify: Verify::Strict,
            account_id: "1000000000000000".to_owned(),
            region: "cn-hangzhou".to_owned(),
            delays: Delays::default(),
            clock: Clock::new(Timestamp::now),
            journal: None,
            faults: Vec::new(),
        }
    }

    /// Listens on this address; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Accepts what this access key signs, beside those already given.
    #[must_use]
    pub fn access_key(mut self, key: AccessKey) -> Self {
        self.credentials.access_keys.push(key);
        self
    }

    /// How closely callers are looked at.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// The account in the resource names of streams.
    #[must_use]
    pub fn account_id(mut self, account: impl Into<String>) -> Self {
        self.account_id = account.into();
        self
    }

    /// The region in the resource names of streams.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// How long a stream is `STARTING`.
    #[must_use]
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.delays.start = delay;
        self
    }

    /// How long a stream keeps its status after it was told to pause.
    #[must_use]
    pub fn pause_delay(mut self, delay: Duration) -> Self {
        self.delays.pause = delay;
        self
    }

    /// How long a stream is still there after it was deleted.
    #[must_use]
    pub fn delete_delay(mut self, delay: Duration) -> Self {
        self.delays.delete = delay;
        self
    }

    /// Takes the time from here: for the window of signatures, the states and the journal.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
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
