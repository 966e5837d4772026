//! From a host name to a TCP connection.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use cdc_checks::Missing;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::Target;

/// A TCP connection, and how it came about.
pub(super) struct Way {
    pub(super) address: SocketAddr,
    pub(super) stream: TcpStream,
    /// Addresses that were tried before.
    pub(super) unreached: Vec<IpAddr>,
}

/// Tries all addresses of the host in turn, each with its share of the time that is left.
pub(super) async fn reach(target: &Target, deadline: Instant) -> Result<Way, Missing> {
    let late = || Missing::TimedOut {
        what: format!("a connection to port {}", target.port).into(),
        after_ms: millis(target.deadlines.connect),
    };
    let lookup = target.destinations.addresses(&target.host, target.port);
    let addresses = match timeout_at(deadline, lookup).await {
        Err(_) => return Err(late()),
        Ok(Err(none)) => return Err(none.missing("the host name")),
        Ok(Ok(addresses)) => addresses,
    };
    let failures = match first_that_answers(&addresses, deadline).await {
        Ok(way) => return Ok(way),
        Err(failures) => failures,
    };
    if failures.is_empty() && !addresses.is_empty() {
        return Err(late());
    }
    Err(unreachable("a TCP connection", &failures.join("; ")))
}

/// The first address that takes a connection, or why those refused that did not just keep silent.
async fn first_that_answers(
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<Way, Vec<String>> {
    let mut failures = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let unreached = addresses.iter().take(index).map(SocketAddr::ip).collect();
                return Ok(Way { address: *address, stream, unreached });
            }
            Ok(Err(error)) => failures.push(format!("{address}: {error}")),
            Err(_) => {}
        }
    }
    Err(failures)
}

pub(super) fn unreachable(what: &str, detail: &str) -> Missing {
    Missing::Refused { what: what.into(), detail: detail.into(), code: None }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::first_that_answers;

    #[tokio::test]
    async fn addresses_that_do_not_answer_are_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let open = listener.local_addr().expect("an address");
        let closed = SocketAddr::from(([127, 0, 0, 2], open.port()));
        let deadline = Instant::now() + Duration::from_secs(10);
        let way = first_that_answers(&[closed, open], deadline).await.expect("the second answers");
        assert_eq!((way.address, way.unreached), (open, vec![closed.ip()]));
        let failures = first_that_answers(&[closed], deadline).await.err().expect("none answers");
        assert!(failures[0].starts_with("127.0.0.2:"), "{failures:?}");
    }
}
