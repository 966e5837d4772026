//! One replication connection: messages in and out, the answers to commands, the stream that
//! follows. The driver of the visit knows neither the startup parameter nor the stream.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use cdc_checks::facts::postgres::Notice;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::failure::{Failure, ServerWords};

/// Longer messages than anything that this program asks for are not read: rows of others in a
/// stream are passed over, and anything else is an error.
const LONGEST: usize = 1 << 20;

/// Notices that are kept.
const NOTICES: usize = 20;

/// A TCP or TLS stream.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// What the server is doing for this connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Activity {
    /// It waits for a command, or for the login to go on.
    Idle,
    /// It runs a command.
    Command,
    /// It did not even answer to a cancel request.
    Lost,
    /// It streams.
    Streaming,
}

/// What a cancel request names.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// The server process, as announced at login.
    pub(super) pid: i32,
    /// What proves that the request comes from here.
    pub(super) secret: i32,
}

/// One message of the server.
pub(super) struct Message {
    pub(super) tag: u8,
    pub(super) body: Bytes,
}

/// The text of one column in each row; only what is asked for here.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// An open connection. Its methods can be dropped while they wait for the server.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    inbox: BytesMut,
    /// Bytes of a message that are still to be passed over.
    surplus: usize,
    pub(super) activity: Activity,
    pub(super) key: Option<Key>,
    pub(super) notices: Vec<Notice>,
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Duplex>) -> Self {
        Self {
            stream,
            inbox: BytesMut::new(),
            surplus: 0,
            activity: Activity::Idle,
            key: None,
            notices: Vec::new(),
        }
    }

    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(message).await?;
        Ok(self.stream.flush().await?)
    }

    /// The next message; notices are put aside.
    pub(super) async fn receive(&mut self) -> Result<Message, Failure> {
        loop {
            while let Some(message) = self.take_message()? {
                match message.tag {
                    b'N' => self.note(&message.body),
                    // Changed parameters and notifications say nothing here.
                    b'S' | b'A' => {}
                    _ => return Ok(message),
                }
            }
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// The first message in what has come, once it is whole: tag, length, body.
    fn take_message(&mut self) -> Result<Option<Message>, Failure> {
        self.pass_over();
        let Some(head) = self.inbox.first_chunk::<5>() else { return Ok(None) };
        let [tag, length @ ..] = *head;
        let length = u32::from_be_bytes(length) as usize;
        if length > LONGEST && tag == b'd' {
            self.surplus = 1 + length;
            return self.take_message();
        }
        if !(4..=LONGEST).contains(&length) {
            return Err(Failure::Malformed("a message of impossible length"));
        }
        if self.inbox.len() < 1 + length {
            return Ok(None);
        }
        let mut body = self.inbox.split_to(1 + length).freeze();
        body.advance(5);
        Ok(Some(Message { tag, body }))
    }

    fn pass_over(&mut self) {
        let here = self.surplus.min(self.inbox.len());
        self.inbox.advance(here);
        self.surplus -= here;
    }

    fn note(&mut self, body: &[u8]) {
        if self.notices.len() < NOTICES {
            self.notices.push(ServerWords::parse(body).notice());
        }
    }

    /// Runs a statement or a replication command to its end.
    pub(super) async fn command(&mut self, text: &str) -> Result<Rows, Failure> {
        self.begin(&[text]).await?;
        self.answer().await
    }

    /// Runs two in one round trip.
    pub(super) async fn commands(
        &mut self,
        first: &str,
        second: &str,
    ) -> Result<(Rows, Rows), Failure> {
        self.begin(&[first, second]).await?;
        let first = self.answer().await?;
        Ok((first, self.answer().await?))
    }

    /// The answer to the next of the commands that were sent.
    async fn answer(&mut self) -> Result<Rows, Failure> {
        let mut rows = Rows::new();
        let mut refused = None;
        loop {
            let message = match (self.receive().await, refused.take()) {
                // The server closes the connection after a fatal error.
                (Err(_), Some(words)) => return Err(Failure::Server(words)),
                (message, kept) => {
                    refused = kept;
                    message?
                }
            };
            match message.tag {
                b'D' => rows.push(columns(message.body)?),
                b'E' => refused = Some(ServerWords::parse(&message.body)),
                b'Z' => {
                    self.activity = Activity::Idle;
                    return refused.map_or(Ok(rows), |words| Err(Failure::Server(words)));
                }
                _ => {}
            }
        }
    }

    /// Runs the command that turns the connection into a stream.
    pub(super) async fn start(&mut self, command: &str) -> Result<(), Failure> {
        self.begin(&[command]).await?;
        loop {
            let message = self.receive().await?;
            match message.tag {
                b'W' => {
                    self.activity = Activity::Streaming;
                    return Ok(());
                }
                b'E' => return Err(Failure::Server(ServerWords::parse(&message.body))),
                _ => {}
            }
        }
    }

    async fn begin(&mut self, texts: &[&str]) -> Result<(), Failure> {
        let mut message = BytesMut::new();
        for text in texts {
            frontend::query(text, &mut message)?;
        }
        self.activity = Activity::Command;
        self.send(&message).await
    }

    /// The next piece of the stream.
    pub(super) async fn streamed(&mut self) -> Result<Bytes, Failure> {
        loop {
            let message = self.receive().await?;
            match message.tag {
                b'd' => return Ok(message.body),
                b'E' => return Err(Failure::Server(ServerWords::parse(&message.body))),
                b'c' => return Err(Failure::Malformed("the stream ended by itself")),
                _ => {}
            }
        }
    }

    /// Waits until the server has nothing more to do, whatever it says.
    pub(super) async fn until_idle(&mut self) {
        while let Ok(message) = self.receive().await {
            if message.tag == b'Z' {
                return;
            }
        }
    }

    /// Says goodbye and waits for the server to hang up: its process is gone then, and with it
    /// whatever was temporary.
    pub(super) async fn until_closed(&mut self) {
        let mut message = BytesMut::new();
        frontend::terminate(&mut message);
        if self.send(&message).await.is_ok() {
            while self.receive().await.is_ok() {}
        }
    }
}

/// The columns of one row as text.
fn columns(mut body: Bytes) -> Result<Vec<Option<String>>, Failure> {
    let short = || Failure::Malformed("a row that is cut short");
    let count = body.try_get_u16().map_err(|_| short())?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let length = body.try_get_i32().map_err(|_| short())?;
        let Ok(length) = usize::try_from(length) else {
            columns.push(None);
            continue;
        };
        if body.len() < length {
            return Err(short());
        }
        columns.push(Some(String::from_utf8_lossy(&body.split_to(length)).into_owned()));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::{Activity, Connection};
    use crate::gather::postgres::probe::failure::Failure;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short").to_be_bytes();
        [&[tag], &length[..], body].concat()
    }

    async fn answered(answer: &[u8]) -> (Connection, Result<super::Rows, Failure>) {
        let (here, mut there) = tokio::io::duplex(1 << 16);
        there.write_all(answer).await.expect("room");
        drop(there.shutdown().await);
        let mut connection = Connection::new(Box::new(here));
        let rows = connection.command("SELECT 1").await;
        (connection, rows)
    }

    #[tokio::test]
    async fn rows_and_notices_are_told_apart() {
        let notice = message(b'N', b"SWARNING\0C01000\0Mno such publication\0\0");
        let row = message(b'D', b"\0\x02\0\0\0\x0242\xff\xff\xff\xff");
        let answer = [notice, row, message(b'C', b"SELECT 1\0"), message(b'Z', b"I")].concat();
        let (connection, rows) = answered(&answer).await;
        assert_eq!(rows.ok(), Some(vec![vec![Some("42".to_owned()), None]]));
        assert_eq!(connection.notices[0].message.untrusted(), "no such publication");
        assert_eq!(connection.activity, Activity::Idle);
    }

    #[tokio::test]
    async fn a_fatal_error_is_not_lost_when_the_connection_ends() {
        let (connection, rows) = answered(&message(b'E', b"SFATAL\0C57P01\0Mbye\0\0")).await;
        let Err(Failure::Server(words)) = rows else { panic!("no error") };
        assert_eq!(words.code(), "57P01");
        assert_eq!(connection.activity, Activity::Command);
    }

    #[tokio::test]
    async fn a_row_too_long_to_look_at_is_passed_over() {
        let (here, mut there) = tokio::io::duplex(1 << 16);
        let long = message(b'd', &vec![7; super::LONGEST]);
        let stream = [message(b'W', b"\0\0\0"), long, message(b'd', b"k")].concat();
        let writer = tokio::spawn(async move { there.write_all(&stream).await });
        let mut connection = Connection::new(Box::new(here));
        connection.start("START_REPLICATION").await.expect("a stream");
        assert_eq!(connection.streamed().await.expect("a piece"), &b"k"[..]);
        writer.await.expect("no panic").expect("room");
    }

    #[tokio::test]
    async fn nonsense_is_an_error() {
        for nonsense in
            [&b"D\0\0\0\x02"[..], b"D\xff\xff\xff\xff", b"D\0\0\0\x08\0\x01\0\0", b"HTTP/1.1 400"]
        {
            let (_, rows) = answered(nonsense).await;
            assert!(rows.is_err(), "{nonsense:?}");
        }
    }
}
