//! A TCP proxy on loopback that counts round trips.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A client that says nothing for this long waits for an answer.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Default)]
struct Tally {
    /// Times that the server answered after the client had said something.
    trips: AtomicUsize,
    client_spoke: AtomicBool,
    connections: AtomicUsize,
    /// What the server said, in bytes.
    bytes: AtomicUsize,
}

/// A running proxy; it ends with the test's runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    tally: Arc<Tally>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `127.0.0.1:port`.
    pub(crate) async fn to(port: u16) -> Self {
        Self::stalling(port, usize::MAX, usize::MAX).await
    }

    /// As [`Self::to`], but the connection of this number, from 0 on, falls silent after so many
    /// bytes of the server, without ending. What the client says arrives to the end.
    pub(crate) async fn stalling(port: u16, number: usize, after: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let tally = Arc::new(Tally::default());
        let shared = Arc::clone(&tally);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_stalled = shared.connections.fetch_add(1, Ordering::SeqCst) == number;
                let after = if is_stalled { after } else { usize::MAX };
                let server = TcpStream::connect(("127.0.0.1", port)).await;
                let server = server.expect("the server listens");
                tokio::spawn(pass(client, server, after, Arc::clone(&shared)));
            }
        });
        Self { address, tally }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Round trips since the last call.
    pub(crate) fn take_trips(&self) -> usize {
        self.tally.trips.swap(0, Ordering::SeqCst)
    }

    /// Bytes from the server since the last call.
    pub(crate) fn take_bytes(&self) -> usize {
        self.tally.bytes.swap(0, Ordering::SeqCst)
    }

    /// Connections since the last call.
    pub(crate) fn take_connections(&self) -> usize {
        self.tally.connections.swap(0, Ordering::SeqCst)
    }
}

/// Everything up to a pause: what is sent in several pieces without waiting for an answer is one
/// message, however the pieces travel.
async fn all_at_once(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut said = vec![0; 64 * 1024];
    let mut length = from.read(&mut said).await.ok().filter(|count| *count > 0)?;
    while let Ok(Ok(more @ 1..)) = timeout(PAUSE, from.read(&mut said[length..])).await {
        length += more;
        if length == said.len() {
            said.resize(2 * length, 0);
        }
    }
    said.truncate(length);
    Some(said)
}

async fn pass(client: TcpStream, server: TcpStream, mut left: usize, tally: Arc<Tally>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = Arc::clone(&tally);
    let upward = tokio::spawn(async move {
        while let Some(said) = all_at_once(&mut from_client).await {
            up.client_spoke.store(true, Ordering::SeqCst);
            if to_server.write_all(&said).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        tally.bytes.fetch_add(count, Ordering::SeqCst);
        if tally.client_spoke.swap(false, Ordering::SeqCst) {
            tally.trips.fetch_add(1, Ordering::SeqCst);
        }
        let passed = count.min(left);
        left -= passed;
        if to_client.write_all(&buffer[..passed]).await.is_err() {
            break;
        }
    }
    if left == 0 {
        // A connection that fell silent does not even end, until its client has gone.
        let _ = upward.await;
    }
    let _ = to_client.shutdown().await;
}
