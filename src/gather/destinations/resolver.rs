//! From a name to addresses.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;

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
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// Resolves nothing, for a client of which all that it needs was resolved before.
pub(super) struct Nothing;

impl reqwest::dns::Resolve for Nothing {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("the client is for another host".into()) })
    }
}
