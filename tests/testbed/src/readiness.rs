//! Telling when a server takes connections, without a driver.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Error, Product, Result};

/// How long a server may take to start; the slowest seen here took under ten seconds.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(120);

/// The pause between two looks at a server that is starting.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// PostgreSQL's SSLRequest message: its length, then the code 1234.5679.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The header with which a client of AMQP 0-9-1 begins.
const AMQP: &[u8] = b"AMQP\x00\x00\x09\x01";

/// Whether a database server (not just a port forwarder) answers at the loopback port.
///
/// MySQL and MariaDB speak first; RabbitMQ answers the header; PostgreSQL answers the question
/// whether it offers TLS.
pub(crate) async fn answers(port: u16, product: Product) -> bool {
    let conversation = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        match product {
            Product::Postgres(_) => stream.write_all(&SSL_REQUEST).await?,
            Product::RabbitMq(..) => stream.write_all(AMQP).await?,
            Product::MySql(..) | Product::MariaDb(..) => {}
        }
        stream.read_u8().await
    };
    let answer = tokio::time::timeout(Duration::from_secs(2), conversation).await;
    matches!(answer, Ok(Ok(_)))
}

/// A loopback port that is free now.
///
/// It lies below the range from which systems draw the ports of outgoing connections, so that no
/// such connection takes it while the server restarts.
///
/// # Errors
/// No port of the range can be bound.
pub(crate) fn free_port() -> Result<u16> {
    const FIRST: u16 = 18_000;
    const COUNT: u16 = 12_000;
    for _ in 0..200 {
        let random = u16::from_le_bytes(random_bytes()?);
        let port = FIRST + random % COUNT;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::Environment(format!("no free port between {FIRST} and {}", FIRST + COUNT)))
}

/// Bytes from the system's random source.
///
/// # Errors
/// The source cannot be read.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    use std::io::Read;
    const SOURCE: &str = "/dev/urandom";
    let mut bytes = [0; N];
    std::fs::File::open(SOURCE)
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(Error::io("read", SOURCE))?;
    Ok(bytes)
}

/// A random name or password of 32 hexadecimal digits.
///
/// # Errors
/// The random source cannot be read.
pub(crate) fn random_word() -> Result<String> {
    Ok(random_bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
