//! From a name to addresses.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;

/// What turns a name into addresses.
pub trait Resolve: Debug + Send + Sync {
    /// The addresses of a host, with any port. A host that is an address in any form that the
    /// system takes gives that address.
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's own resolver, with its files and its name servers.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    #[expect(clippy::disallowed_methods, reason = "this is that place")]
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// What names were resolved to.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, Vec<SocketAddr>>>);

impl Known {
    pub(super) fn of(&self, name: &str) -> Option<Vec<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Of two answers about a name, the first one counts.
    pub(super) fn keep(&self, name: &str, addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert(addresses).clone()
    }
}

/// Resolves nothing, for a client of which all that it needs was resolved before.
pub(super) struct Nothing;

impl reqwest::dns::Resolve for Nothing {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("the client is for another host".into()) })
    }
}
