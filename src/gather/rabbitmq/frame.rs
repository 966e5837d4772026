//! Frames of AMQP on a stream: bounded in size and depth, because whoever answers may be anybody.

use amq_protocol::frame::{AMQPFrame, gen_frame, parse_frame};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::amqp::Failure;

/// A stream to the broker, encrypted or not.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The largest payload that is read, in bytes. What a broker says of itself has some hundreds.
const LARGEST: u32 = 64 * 1024;

/// Type, channel and length of the payload.
const HEADER: usize = 7;

/// How many tables and lists a payload may hold. The parser goes down one level for each.
const MOST_TABLES: usize = 64;

/// The first byte of a record of TLS that holds an alert.
const TLS_ALERT: u8 = 0x15;

/// Sends one frame.
pub(super) async fn send(stream: &mut dyn Duplex, frame: &AMQPFrame) -> Result<(), Failure> {
    let written = gen_frame(frame)(Vec::new().into())
        .map_err(|error| Failure::Malformed(format!("a frame cannot be written: {error:?}")))?;
    let (bytes, _) = written.into_inner();
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    Ok(())
}

/// Receives one frame.
pub(super) async fn receive(stream: &mut dyn Duplex) -> Result<AMQPFrame, Failure> {
    let mut bytes = vec![0; HEADER];
    stream.read_exact(&mut bytes).await?;
    let length = match bytes.as_slice() {
        [TLS_ALERT, ..] => return Err(Failure::Encrypted),
        // A broker of another version answers with its own header, which has one byte more.
        [b'A', b'M', b'Q', b'P', ..] => 0,
        [b'1'..=b'8', _, _, length @ ..] => return Err(Failure::Foreign(length.to_vec())),
        [1..=8, _, _, a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]),
        other => return Err(Failure::Foreign(other.to_vec())),
    };
    if length > LARGEST {
        return Err(Failure::Malformed(format!("a frame of {length} bytes")));
    }
    let end = bytes.len() + usize::try_from(length).unwrap_or_default() + 1;
    bytes.resize(end, 0);
    stream.read_exact(&mut bytes[HEADER..]).await?;
    if tables(&bytes) > MOST_TABLES {
        return Err(Failure::Malformed("a frame with tables within tables".into()));
    }
    match parse_frame(bytes.as_slice()) {
        Ok(([], frame)) => Ok(frame),
        Ok(_) => Err(Failure::Malformed("a frame with something behind its end".into())),
        Err(_) => Err(Failure::Malformed("a frame that is none of AMQP 0-9-1".into())),
    }
}

/// How many tables and lists may begin in a payload: a letter, and a length that ends within it.
/// Text that only looks so counts as well.
fn tables(bytes: &[u8]) -> usize {
    let begins = |(at, window): (usize, &[u8])| match window {
        [b'F' | b'A', a, b, c, d] => {
            let length = u32::from_be_bytes([*a, *b, *c, *d]);
            usize::try_from(length).is_ok_and(|length| length <= bytes.len() - at)
        }
        _ => false,
    };
    bytes.windows(5).enumerate().filter(|it| begins(*it)).count()
}

#[cfg(test)]
mod tests {
    use amq_protocol::frame::AMQPFrame;
    use amq_protocol::protocol::{AMQPClass, connection};
    use amq_protocol::types::{AMQPValue, FieldTable};

    use super::{Failure, receive, send};

    async fn read(bytes: &[u8]) -> Result<AMQPFrame, Failure> {
        let (mut ours, mut theirs) = tokio::io::duplex(256 * 1024);
        tokio::io::AsyncWriteExt::write_all(&mut theirs, bytes).await.expect("written");
        drop(theirs);
        receive(&mut ours).await
    }

    fn start(properties: FieldTable) -> AMQPFrame {
        let start = connection::Start {
            version_major: 0,
            version_minor: 9,
            server_properties: properties,
            mechanisms: "PLAIN".into(),
            locales: "en_US".into(),
        };
        AMQPFrame::Method(0, AMQPClass::Connection(connection::AMQPMethod::Start(start)))
    }

    async fn written(frame: &AMQPFrame) -> Vec<u8> {
        let (mut ours, mut theirs) = tokio::io::duplex(256 * 1024);
        send(&mut ours, frame).await.expect("written");
        drop(ours);
        let mut bytes = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut theirs, &mut bytes).await.expect("read");
        bytes
    }

    #[tokio::test]
    async fn a_frame_comes_back_as_it_was_sent() {
        let mut properties = FieldTable::default();
        properties.insert("product".into(), AMQPValue::LongString("RabbitMQ".into()));
        let frame = start(properties);
        assert_eq!(read(&written(&frame).await).await.ok(), Some(frame));
    }

    #[tokio::test]
    async fn nothing_that_answers_does_harm() {
        let nested = (0..200).fold(FieldTable::default(), |inner, _| {
            let mut outer = FieldTable::default();
            outer.insert("t".into(), AMQPValue::FieldTable(inner));
            outer
        });
        let nested = written(&start(nested)).await;
        let cases: [(&[u8], &str); 8] = [
            (b"", "network"),
            (b"HTTP/1.1 400 Bad Request", "foreign"),
            (b"\x15\x03\x03\x00\x02\x02\x46", "encrypted"),
            (b"\x01\x00\x00\xff\xff\xff\xff", "malformed"),
            (b"\x01\x00\x00\x00\x00\x00\x01xx", "malformed"),
            (b"AMQP\x00\x01\x00\x00", "version"),
            (b"AMQP\x00\x00\x09", "network"),
            (&nested, "malformed"),
        ];
        for (bytes, expected) in cases {
            let found = match read(bytes).await {
                Ok(AMQPFrame::ProtocolHeader(_)) => "version",
                Ok(_) => "a frame",
                Err(Failure::Encrypted) => "encrypted",
                Err(Failure::Foreign(_)) => "foreign",
                Err(Failure::Malformed(_)) => "malformed",
                Err(Failure::Network(_)) => "network",
                Err(_) => "another",
            };
            assert_eq!(found, expected, "{:?}", &bytes[..bytes.len().min(40)]);
        }
    }
}
