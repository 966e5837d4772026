//! A TCP proxy on loopback that counts round trips and remembers what the client sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Tally {
    /// Times that the server answered after the client had said something.
    trips: AtomicUsize,
    client_spoke: AtomicBool,
    connections: AtomicUsize,
    sent: Mutex<Vec<u8>>,
}

/// A running proxy; it ends with the test's runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    tally: Arc<Tally>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `127.0.0.1:port`.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let tally = Arc::new(Tally::default());
        let shared = Arc::clone(&tally);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(("127.0.0.1", port)).await;
                let server = server.expect("the server listens");
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
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

    /// Connections since the last call.
    pub(crate) fn take_connections(&self) -> usize {
        self.tally.connections.swap(0, Ordering::SeqCst)
    }

    /// Everything the clients sent since the last call.
    pub(crate) fn take_sent(&self) -> Vec<u8> {
        std::mem::take(&mut *self.tally.sent.lock().expect("no panic while it was held"))
    }
}

async fn pass(client: TcpStream, server: TcpStream, tally: Arc<Tally>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = Arc::clone(&tally);
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            up.client_spoke.store(true, Ordering::SeqCst);
            up.sent.lock().expect("no panic while it was held").extend(&buffer[..count]);
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        if tally.client_spoke.swap(false, Ordering::SeqCst) {
            tally.trips.fetch_add(1, Ordering::SeqCst);
        }
        if to_client.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    let _ = to_client.shutdown().await;
}
