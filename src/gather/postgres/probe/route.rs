//! The way to the server: the one that the visit's own session has come.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::binding;
use super::connection::{Duplex, Key};
use super::failure::Failure;
use crate::gather::tls;

/// How long the server may take to accept a cancel request.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

/// How further connections reach the server of a session: same address, same encryption.
#[derive(Clone)]
pub(in crate::gather::postgres) struct Route {
    /// Where the server answered.
    pub(in crate::gather::postgres) address: SocketAddr,
    /// The host as a certificate has to name it.
    pub(in crate::gather::postgres) host: String,
    /// The client's side of TLS, where the session is encrypted.
    pub(in crate::gather::postgres) encryption: Option<Arc<ClientConfig>>,
}

/// A stream to the server, ready for the startup message.
pub(super) struct Arrival {
    pub(super) stream: Box<dyn Duplex>,
    pub(super) encrypted: bool,
    /// What binds a login to this TLS session.
    pub(super) binding: Option<Vec<u8>>,
}

impl Route {
    pub(super) async fn travel(&self) -> Result<Arrival, Failure> {
        let mut stream = TcpStream::connect(self.address).await?;
        // Small messages must not wait for each other; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let Some(config) = &self.encryption else {
            return Ok(Arrival { stream: Box::new(stream), encrypted: false, binding: None });
        };
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        stream.write_all(&request).await?;
        if stream.read_u8().await? != b'S' {
            return Err(Failure::Network("the server no longer offers encryption".into()));
        }
        let host = ServerName::try_from(self.host.clone())
            .map_err(|error| Failure::Network(error.to_string()))?;
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector
            .connect(host, stream)
            .await
            .map_err(|error| Failure::Network(tls::describe_io(&error)))?;
        let certificates = stream.get_ref().1.peer_certificates();
        let binding =
            certificates.and_then(<[_]>::first).and_then(|first| binding::server_end_point(first));
        Ok(Arrival { stream: Box::new(stream), encrypted: true, binding })
    }

    /// Asks the server to stop what it is doing for a connection. What becomes of it shows on
    /// that connection.
    pub(super) async fn cancel(&self, key: Option<Key>) {
        if let Some(key) = key {
            let _ = timeout(CANCEL_LIMIT, self.send_cancel(key)).await;
        }
    }

    async fn send_cancel(&self, key: Key) -> Result<(), Failure> {
        let mut stream = self.travel().await?.stream;
        let mut request = BytesMut::new();
        frontend::cancel_request(key.pid, key.secret, &mut request);
        stream.write_all(&request).await?;
        stream.flush().await?;
        // The server hangs up once it has passed the request on.
        let _ = stream.read_u8().await;
        Ok(())
    }
}
