//! From a host name to a TCP connection.

use std::net::SocketAddr;

use cdc_checks::Missing;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

use super::refusal;
use crate::gather::Target;

/// Tries all addresses of the host in turn, each with its share of the time that is left.
pub(super) async fn reach(
    target: &Target,
    deadline: Instant,
) -> Result<(SocketAddr, TcpStream), Missing> {
    let late = || Missing::TimedOut {
        what: format!("a connection to port {}", target.port).into(),
        after_ms: refusal::millis(target.deadlines.connect),
    };
    let lookup = lookup_host((bare(&target.host), target.port));
    let addresses: Vec<SocketAddr> = match timeout_at(deadline, lookup).await {
        Err(_) => return Err(late()),
        Ok(Err(error)) => return Err(unreachable("the host name", &error.to_string())),
        Ok(Ok(addresses)) => addresses.collect(),
    };
    let mut failures = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((*address, stream)),
            Ok(Err(error)) => failures.push(format!("{address}: {error}")),
            Err(_) => {}
        }
    }
    if failures.is_empty() && !addresses.is_empty() {
        return Err(late());
    }
    Err(unreachable("a TCP connection", &failures.join("; ")))
}

pub(super) fn unreachable(what: &str, detail: &str) -> Missing {
    Missing::Refused { what: what.into(), detail: detail.into(), code: None }
}

/// A host without the brackets that a URL puts around an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}
