//! What the operator says of the service.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use thiserror::Error;
use url::{Host, Url};

use super::access::{Access, ClientScopes, FileToken};
use super::secrets::SecretSources;
use super::sending::Sending;
use super::tls::ListenerTls;
use super::webhook::Webhook;
use crate::gather::{AllowedTarget, Deadlines, Destinations, Resolve, SystemResolver, TlsOptions};

/// What the operator says of the service. Durations and sizes have the defaults of `--help`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How the listener encrypts; `None`: not at all.
    pub encryption: Option<ListenerTls>,
    /// Who may call.
    pub access: Access,
    /// Tokens that are not in the store.
    pub tokens: Vec<FileToken>,
    /// What the holders of client certificates may do.
    pub client_scopes: Vec<ClientScopes>,
    /// The addresses under which users call it.
    pub public_urls: Vec<Url>,
    /// Whether a proxy stands before it, which encrypts and says whose request it passes on.
    pub behind_proxy: bool,
    /// Requests that each caller may make in a minute; `None`: as many as it likes.
    pub rate: Option<NonZeroU32>,
    /// Where the store is: `postgres://...` or the path of an SQLite file. It may hold a password.
    pub store: String,
    /// Preflights that this node runs at the same time.
    pub workers: usize,
    /// Preflights that may wait, on all nodes together.
    pub queue_limit: u64,
    /// HTTP requests that this node answers at the same time.
    pub request_limit: usize,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a caller can have an answer delayed with `Prefer: wait`.
    pub longest_wait: Duration,
    /// How long a worker may be silent until another one takes its job.
    pub lease: Duration,
    /// How long ended preflights are kept.
    pub retention: Duration,
    /// How long the audit log is kept.
    pub audit_retention: Duration,
    /// How long running work has to end once the service is told to stop.
    pub drain: Duration,
    /// Which references to secrets requests may use.
    pub secrets: SecretSources,
    /// Where sources may be; see [`Config::destinations`] for what holds where nothing is said.
    pub targets: Vec<AllowedTarget>,
    /// How the names of sources become addresses.
    pub resolver: Arc<dyn Resolve>,
    /// Where cleared requests are sent.
    pub sending: Sending,
    /// How long what was proven may be sent, from the end of its preflight on.
    pub valid_for: SignedDuration,
    /// In how many runs, one after the other, a stored source has to be otherwise until that holds.
    pub settle: u32,
    /// Who is told when a stored source drifts.
    pub webhook: Option<Webhook>,
    /// How long to wait after the first message that the webhook did not take; more from one to the
    /// next.
    pub webhook_wait: Duration,
    /// Encryption of the visits.
    pub tls: TlsOptions,
    /// Time limits of the visits.
    pub deadlines: Deadlines,
}

/// Why the service does not start with this configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Anybody could have databases visited.
    #[error(
        "other machines reach it (--listen {0}, --behind-proxy or --public-url), and nothing says \
         who may call: --access tokens is needed"
    )]
    Unguarded(SocketAddr),
    /// Tokens and requests with passwords would cross the network in the clear.
    #[error(
        "--listen {0} can be reached from other machines, and nothing encrypts: give --server-cert \
         and --server-key, or --behind-proxy where a proxy encrypts before it"
    )]
    Unencrypted(SocketAddr),
    /// A number that makes no sense.
    #[error("{0} must be more than 0")]
    Zero(&'static str),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8460)),
            encryption: None,
            access: Access::default(),
            tokens: Vec::new(),
            client_scopes: Vec::new(),
            public_urls: Vec::new(),
            behind_proxy: false,
            rate: None,
            store: "cdc-preflight.db".into(),
            workers: 4,
            queue_limit: 1000,
            request_limit: 256,
            body_limit: 1024 * 1024,
            longest_wait: Duration::from_secs(120),
            lease: Duration::from_secs(30),
            retention: Duration::from_secs(30 * 24 * 3600),
            audit_retention: Duration::from_secs(400 * 24 * 3600),
            drain: Duration::from_secs(25),
            secrets: SecretSources::default(),
            targets: Vec::new(),
            resolver: Arc::new(SystemResolver),
            sending: Sending::default(),
            valid_for: SignedDuration::from_hours(1),
            settle: 2,
            webhook: None,
            webhook_wait: Duration::from_secs(5),
            tls: TlsOptions::default(),
            deadlines: Deadlines::default(),
        }
    }
}

impl Config {
    /// Where visits may connect to: what the operator lists. Where nothing is listed, a service
    /// that only this machine can call may connect to it and to any network, and one that others
    /// can call to nothing.
    pub fn destinations(&self) -> Destinations {
        let is_own = self.listen.ip().is_loopback() && !self.access.is_guarded();
        let destinations = match self.targets.is_empty() && is_own {
            true => Destinations::usual(),
            false => Destinations::listed(self.targets.iter().cloned()),
        };
        destinations.resolved_by(self.resolver.clone())
    }

    /// Refuses what is not safe, or cannot work.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.is_exposed() && !self.access.is_guarded() {
            return Err(ConfigError::Unguarded(self.listen));
        }
        if !self.listen.ip().is_loopback() && !self.is_encrypted() {
            return Err(ConfigError::Unencrypted(self.listen));
        }
        let amounts = [
            ("--workers", self.workers == 0),
            ("--max-requests", self.request_limit == 0),
            ("--max-body", self.body_limit == 0),
            ("--lease", self.lease.is_zero()),
            ("--settle", self.settle == 0),
        ];
        match amounts.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((name, _)) => Err(ConfigError::Zero(name)),
            None => Ok(()),
        }
    }

    /// Whether callers elsewhere come over an encrypted connection: cookies are `Secure` then.
    pub fn is_encrypted(&self) -> bool {
        self.encryption.is_some() || self.behind_proxy
    }

    /// Whether somebody elsewhere may be able to call.
    pub fn is_exposed(&self) -> bool {
        let is_elsewhere = |url: &Url| match url.host() {
            Some(Host::Domain(name)) => name != "localhost",
            Some(Host::Ipv4(address)) => !address.is_loopback(),
            Some(Host::Ipv6(address)) => !address.is_loopback(),
            None => true,
        };
        !self.listen.ip().is_loopback()
            || self.behind_proxy
            || self.public_urls.iter().any(is_elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(address: &str) -> Config {
        Config { listen: address.parse().expect("an address"), ..Config::default() }
    }

    fn guarded(config: Config) -> Config {
        Config { access: Access::Tokens, ..config }
    }

    #[test]
    fn only_this_machine_can_call_where_nothing_guards_the_service() {
        for address in ["127.0.0.1:0", "127.9.9.9:8460", "[::1]:8460"] {
            assert!(listening(address).check().is_ok(), "{address}");
        }
        for address in ["0.0.0.0:8460", "[::]:8460", "192.0.2.7:80"] {
            let refused = listening(address).check();
            assert!(matches!(refused, Err(ConfigError::Unguarded(_))), "{address}");
        }
        let behind_proxy = Config { behind_proxy: true, ..Config::default() };
        assert!(matches!(behind_proxy.check(), Err(ConfigError::Unguarded(_))));
        assert!(guarded(behind_proxy).check().is_ok());
        let of = |url: &str| {
            let public_urls = vec![url.parse().expect("a URL")];
            Config { public_urls, ..Config::default() }
        };
        assert!(of("http://localhost:8460").check().is_ok());
        let refused = of("https://preflight.example.com").check();
        assert!(matches!(refused, Err(ConfigError::Unguarded(_))));
    }

    #[test]
    fn tokens_do_not_cross_a_network_in_the_clear() {
        let config = guarded(listening("192.0.2.7:8460"));
        assert!(matches!(config.check(), Err(ConfigError::Unencrypted(_))));
        let behind_proxy = Config { behind_proxy: true, ..config.clone() };
        assert!(behind_proxy.check().is_ok());
        let (certificate, key) = ("cert.pem".into(), "key.pem".into());
        let encryption = Some(ListenerTls { certificate, key, client_ca: None });
        assert!(Config { encryption, ..config }.check().is_ok());
    }

    #[test]
    fn amounts_are_not_zero() {
        let config = Config { workers: 0, ..Config::default() };
        assert!(matches!(config.check(), Err(ConfigError::Zero("--workers"))));
    }
}
