//! A network that fails: what stands between a service and its store.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does with what it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Network {
    /// Connections break, and none comes about.
    Cut,
    /// It carries.
    Good,
    /// Connections stay, and nothing comes through.
    Silent,
    /// Everything takes so much longer.
    Slow(Duration),
}

/// A port that leads to another one.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    network: watch::Sender<Network>,
}

impl Proxy {
    pub(crate) async fn to(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (network, state) = watch::channel(Network::Good);
        let target = (host.to_owned(), port);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *state.borrow() == Network::Cut {
                    continue;
                }
                let far = TcpStream::connect((target.0.as_str(), target.1)).await.unwrap();
                let ((from, to), (back_from, back_to)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(from, back_to, state.clone()));
                tokio::spawn(carry(back_from, to, state.clone()));
            }
        });
        Self { address, network }
    }

    pub(crate) fn is(&self, network: Network) {
        self.network.send_replace(network);
    }
}

/// Carries one direction until an end closes it, or the network is cut.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<Network>,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let network = *state.borrow_and_update();
        let read = tokio::select! {
            read = from.read(&mut bytes), if network != Network::Cut => read,
            _ = state.changed(), if network != Network::Cut => continue,
            else => return,
        };
        let Ok(length @ 1..) = read else { return };
        // What came before the network fell silent may be on its way; what comes later is lost.
        let network = *state.borrow();
        match network {
            Network::Cut => return,
            Network::Good => {}
            Network::Silent => continue,
            Network::Slow(delay) => tokio::time::sleep(delay).await,
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
