//! Where connections may be made to: a name is resolved once, its addresses are judged, and what is
//! connected to is one of these addresses.
//!
//! A program that one person runs may go wherever that person says. A service that dials what
//! callers name is a port scanner, unless its operator says where it may go.

mod allowed;
mod meaning;
mod resolver;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use cdc_checks::Missing;
use reqwest::{ClientBuilder, Url};

pub use self::allowed::{AllowedTarget, NotATarget};
pub use self::resolver::{Resolve, SystemResolver};

use self::meaning::Meaning;
use self::resolver::{Known, Nothing};
use super::reach::unreachable;

/// Where connections may be made to, and how names become addresses. Cloning it is cheap.
///
/// Whatever is allowed, addresses that belong to no other machine or to everybody are not (see
/// [`Self::usual`]).
#[derive(Clone, Debug)]
pub struct Destinations {
    policy: Policy,
    resolver: Arc<dyn Resolve>,
    /// What names were resolved to, where that is remembered.
    known: Option<Arc<Known>>,
}

#[derive(Clone, Debug)]
enum Policy {
    Anywhere,
    Usual,
    Listed(Arc<[AllowedTarget]>),
}

/// Why there is no address to connect to.
#[derive(Debug)]
pub enum NoAddress {
    /// It is not allowed to connect there, or it is not known whether it would be. Nothing was
    /// sent there.
    NotAllowed,
    /// The name cannot be resolved.
    Unresolved(io::Error),
}

impl NoAddress {
    /// The reason for a missing fact: `what` is what was resolved.
    pub(super) fn missing(&self, what: &str) -> Missing {
        match self {
            Self::NotAllowed => unreachable("a connection", "it is not allowed to connect there"),
            Self::Unresolved(error) => unreachable(what, &error.to_string()),
        }
    }
}

impl Default for Destinations {
    /// Anywhere.
    fn default() -> Self {
        Self::of(Policy::Anywhere)
    }
}

impl Destinations {
    /// Whatever is named, as befits a program that one person runs.
    pub fn anywhere() -> Self {
        Self::default()
    }

    /// Public and private networks, and this machine. Never link-local addresses, those of cloud
    /// metadata services, multicast, broadcast, and addresses of no machine, in whatever form.
    pub fn usual() -> Self {
        Self::of(Policy::Usual)
    }

    /// What is listed, but for what is not even [usual](Self::usual).
    pub fn listed(allowed: impl IntoIterator<Item = AllowedTarget>) -> Self {
        Self::of(Policy::Listed(allowed.into_iter().collect()))
    }

    /// The same, with names resolved in another way than the system's.
    #[must_use]
    pub fn resolved_by(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, known: None, ..self }
    }

    /// The same for one visit: a name that was resolved stays what it is, whatever the resolver
    /// says later on.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { known: Some(Arc::default()), ..self }
    }

    /// Whether nothing is allowed.
    pub fn is_nowhere(&self) -> bool {
        matches!(&self.policy, Policy::Listed(allowed) if allowed.is_empty())
    }

    fn of(policy: Policy) -> Self {
        Self { policy, resolver: Arc::new(SystemResolver), known: None }
    }

    /// The addresses of a host that may be connected to, of which there is one at least.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
        let host = bare(host);
        let name = normal(host);
        if !self.may_be_allowed(&name, port) {
            return Err(NoAddress::NotAllowed);
        }
        let found = match self.resolve(host, &name).await {
            Ok(found) => found,
            // Whether such a name exists is nobody's business where it may not be asked for.
            Err(_) if !self.names(host, port) => return Err(NoAddress::NotAllowed),
            Err(error) => return Err(NoAddress::Unresolved(error)),
        };
        let at_port = found.into_iter().map(|address| {
            let mut address = address;
            address.set_port(port);
            address
        });
        let mut allowed: Vec<SocketAddr> = Vec::new();
        for address in at_port.filter(|address| self.allows(&name, *address)) {
            if !allowed.contains(&address) {
                allowed.push(address);
            }
        }
        if allowed.is_empty() { Err(NoAddress::NotAllowed) } else { Ok(allowed) }
    }

    /// Whether a host is allowed by its name, so that it may be said that there is no such name.
    pub fn names(&self, host: &str, port: u16) -> bool {
        let name = normal(bare(host));
        match &self.policy {
            Policy::Anywhere | Policy::Usual => true,
            Policy::Listed(allowed) => {
                allowed.iter().any(|one| one.has_port(port) && one.names(&name))
            }
        }
    }

    /// A client for this URL alone: it connects to what was judged, under the URL's name. It
    /// follows no redirect and uses no proxy.
    ///
    /// # Errors
    /// Why there is no address.
    pub async fn pin(&self, client: ClientBuilder, url: &Url) -> Result<ClientBuilder, NoAddress> {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(NoAddress::NotAllowed);
        };
        let addresses = self.addresses(host, port).await?;
        let client = client.redirect(reqwest::redirect::Policy::none()).no_proxy();
        // A host that is an address is connected to as it is: it was judged by itself.
        Ok(client.resolve_to_addrs(host, &addresses).dns_resolver(Nothing))
    }

    async fn resolve(&self, host: &str, name: &str) -> io::Result<Vec<SocketAddr>> {
        let Some(known) = &self.known else { return self.resolver.resolve(host.to_owned()).await };
        if let Some(addresses) = known.of(name) {
            return Ok(addresses);
        }
        Ok(known.keep(name, self.resolver.resolve(host.to_owned()).await?))
    }

    /// Whether it is worth to ask for the addresses of a name.
    fn may_be_allowed(&self, name: &str, port: u16) -> bool {
        match &self.policy {
            Policy::Anywhere | Policy::Usual => true,
            Policy::Listed(allowed) => {
                allowed.iter().any(|one| one.has_port(port) && one.could_be(name))
            }
        }
    }

    fn allows(&self, name: &str, address: SocketAddr) -> bool {
        let meaning = Meaning::of(address.ip());
        match &self.policy {
            Policy::Anywhere => true,
            Policy::Usual => meaning != Meaning::Forbidden,
            Policy::Listed(allowed) => {
                allowed.iter().any(|one| one.has_port(address.port()) && one.allows(name, meaning))
            }
        }
    }
}

/// A host without the brackets that a URL puts around an address of IPv6.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

/// A name as it is compared: case does not matter, nor does the dot of the root.
fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
