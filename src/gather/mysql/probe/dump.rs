//! One request for the binary log: a login, a registration as a reader, and the events that come.

use std::time::Duration;

use cdc_checks::facts::Connection;
use cdc_checks::facts::mysql::{OldestFile, ProbeLogin};
use cdc_checks::{Missing, Text};
use futures_util::StreamExt;
use mysql_async::binlog::EventType;
use mysql_async::binlog::events::{Event, RotateEvent, TableMapEvent};
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, DriverError, Error};
use tokio::time::{Instant, timeout, timeout_at};

use crate::gather::Target;
use crate::gather::farewells::Pending;
use crate::gather::mysql::login;
use crate::gather::mysql::session::millis;

/// The first event of a file, after its magic number.
const FIRST_POSITION: u64 = 4;

/// How many events may come before the one that describes the file.
const PREAMBLE: usize = 8;

/// For parting, where a busy server does not listen.
const GOODBYE: Duration = Duration::from_millis(200);

/// What a reader says of itself before it registers: an identity of its own, so that the server
/// takes it for no other, heartbeats every second, and that it knows the events of MariaDB, which
/// otherwise disguises them. Then what the age of a file is measured by, and who answers.
const INTRODUCTION: &str = "SET @slave_uuid = UUID(), @replica_uuid = @slave_uuid, \
     @master_heartbeat_period = 1000000000, @source_heartbeat_period = 1000000000, \
     @mariadb_slave_capability = 4; \
     SELECT UNIX_TIMESTAMP(), @@server_id, @@hostname";

/// Where a request begins.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// The file; empty for the oldest, whatever its name.
    pub(super) file: String,
    /// The position in it.
    pub(super) position: u64,
}

impl Start {
    /// A position that the server has named.
    pub(super) fn at(file: &str, position: u64) -> Self {
        Self { file: file.to_owned(), position }
    }

    /// The first event of the oldest file.
    pub(super) fn oldest() -> Self {
        Self::at("", FIRST_POSITION)
    }

    /// The first event of a file.
    pub(super) fn of(file: &str) -> Self {
        Self::at(file, FIRST_POSITION)
    }

    /// Whether the oldest file is asked for.
    pub(super) fn is_oldest(&self) -> bool {
        self.file.is_empty()
    }

    /// The name of the file that came.
    pub(super) fn named(&self, beginning: &Beginning) -> Text {
        Text::new(if self.is_oldest() { &beginning.file } else { &self.file })
    }
}

/// Why a step of the probe did not succeed.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The client library gave up in a way that is its own fault.
    Crashed,
    /// No answer within the time.
    Late(Duration),
    /// The network, or an answer that the library does not understand, in its words.
    Library(String),
    /// A packet is larger than what this program takes.
    TooLarge,
    /// The server refused.
    Server {
        /// Its error number.
        code: u16,
        /// Its own words.
        message: String,
    },
    /// The login did not come about.
    Told(Missing),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        match error {
            Error::Server(error) => Self::Server { code: error.code, message: error.message },
            Error::Driver(DriverError::PacketTooLarge) => Self::TooLarge,
            other => Self::Library(other.to_string()),
        }
    }
}

impl Stopped {
    /// The reason why what was asked for is missing.
    pub(super) fn missing(self, what: &str) -> Missing {
        let refused = |detail: String, code: Option<u16>| Missing::Refused {
            what: what.into(),
            detail: detail.into(),
            code: code.map(|code| code.to_string()),
        };
        match self {
            Self::Crashed => refused("the client library failed".into(), None),
            Self::Late(limit) => Missing::TimedOut { what: what.into(), after_ms: millis(limit) },
            Self::Library(detail) => refused(detail, None),
            Self::TooLarge => {
                refused("a packet is larger than what this program takes".into(), None)
            }
            Self::Server { code, message } => refused(message, Some(code)),
            Self::Told(missing) => missing,
        }
    }
}

/// Runs a step in a task of its own, until its time is up: the library panics on packets that it
/// does not expect. The step goes on where the visit is dropped, because a reader that has
/// registered and does not go on to ask might stay in the server's list of readers.
pub(super) async fn isolated<T: Send + 'static>(
    (end, limit): (Instant, Duration),
    step: impl Future<Output = Result<T, Stopped>> + Send + 'static,
) -> Result<T, Stopped> {
    let pending = Pending::begin();
    let task = tokio::spawn(async move {
        let outcome = timeout_at(end, step).await.unwrap_or(Err(Stopped::Late(limit)));
        drop(pending);
        outcome
    });
    task.await.unwrap_or(Err(Stopped::Crashed))
}

/// A session that has introduced itself as a reader and has not asked for anything.
pub(in crate::gather::mysql) struct Reader {
    conn: Conn,
    /// The server's time, in seconds since 1970.
    pub(super) now: u64,
    /// Who answered.
    pub(super) server: ProbeLogin,
}

/// Logs in as the visit has.
pub(super) async fn log_in(
    target: &Target,
    connection: &Connection,
    limit: Duration,
) -> Result<Reader, Stopped> {
    let mut conn = login::again(target, connection, limit).await.map_err(Stopped::Told)?;
    let mut answer = conn.query_iter(INTRODUCTION).await?;
    answer.for_each(drop).await?;
    let rows: Vec<(u64, u32, Option<String>)> = answer.collect().await?;
    drop(answer);
    let Some((now, server_id, hostname)) = rows.into_iter().next() else {
        return Err(Stopped::Library("the server does not say who it is".into()));
    };
    let server = ProbeLogin { server_id, hostname: hostname.unwrap_or_default().into() };
    Ok(Reader { conn, now, server })
}

impl Reader {
    /// Registers as a reader and asks for the log.
    pub(super) async fn ask(self, server_id: u32, start: &Start) -> Result<Dump, Stopped> {
        let request = BinlogStreamRequest::new(server_id)
            .with_filename(start.file.as_bytes())
            .with_pos(start.position)
            .with_non_blocking();
        Ok(Dump { stream: self.conn.get_binlog_stream(request).await? })
    }
}

/// The events that the server sends; it ends them at the end of the log.
pub(super) struct Dump {
    stream: BinlogStream,
}

/// The first events of a stream.
pub(super) struct Beginning {
    /// The name of the file.
    file: String,
    /// When it was begun, in seconds since 1970.
    begun: u64,
}

impl Beginning {
    /// The file by its age at a time in seconds since 1970.
    pub(super) fn aged(&self, name: Text, now: u64) -> OldestFile {
        OldestFile { name, age_seconds: now.saturating_sub(self.begun) }
    }
}

impl Dump {
    /// The next event; `None` at the end of the log.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Stopped> {
        Ok(self.stream.next().await.transpose()?)
    }

    /// Says goodbye, so that the session is not still there when the next one begins.
    pub(super) async fn leave(self) {
        // What came is complete; a failure to part changes none of it.
        let _ = timeout(GOODBYE, self.stream.close()).await;
    }

    /// The table that an event of rows is about, by its number within the stream.
    pub(super) fn table(&self, number: u64) -> Option<&TableMapEvent<'static>> {
        self.stream.get_tme(number)
    }

    /// Reads up to the event that describes the file. It comes first of all that are in the log,
    /// whatever the position that was asked for.
    pub(super) async fn beginning(&mut self) -> Result<Beginning, Stopped> {
        let mut file = String::new();
        for _ in 0..PREAMBLE {
            let Some(event) = self.next().await? else { break };
            let kind = event.header().event_type_raw();
            if kind == EventType::ROTATE_EVENT as u8 {
                let name = event.read_event::<RotateEvent<'_>>().map_err(Error::from)?;
                name_of(name.name_raw()).clone_into(&mut file);
            } else if kind == EventType::FORMAT_DESCRIPTION_EVENT as u8 {
                return Ok(Beginning { file, begun: event.header().timestamp().into() });
            }
        }
        Err(Stopped::Library("the stream does not say which file it comes from".into()))
    }
}

/// The name that an event holds, which a checksum of any four bytes may follow: nobody can tell
/// before the file is described. Names end in a number of six digits, or more after a million.
fn name_of(raw: &[u8]) -> &str {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&raw[..error.valid_up_to()]).unwrap_or_default(),
    };
    let digits = |at: usize| text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
    let mut numbered =
        text.match_indices('.').map(|(dot, _)| dot).filter(|dot| digits(*dot) >= DIGITS);
    match numbered.next_back() {
        Some(dot) if dot + digits(dot) + 1 == raw.len() => text,
        Some(dot) => &text[..=dot + DIGITS],
        None => text,
    }
}

/// As many digits as the number of a file has at least.
const DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_checks::Missing;
    use tokio::time::Instant;

    use super::{Stopped, isolated, name_of};

    #[test]
    fn a_checksum_is_no_part_of_a_name() {
        assert_eq!(name_of(b"binlog.000001"), "binlog.000001");
        assert_eq!(name_of(b"my.host-bin.000042\xff\x01ab"), "my.host-bin.000042");
        assert_eq!(name_of(b"binlog.000001a.;\x02"), "binlog.000001");
        assert_eq!(name_of(b"binlog.0000017\xff\xff\xff"), "binlog.000001");
        assert_eq!(name_of(b"binlog.1000001"), "binlog.1000001");
        assert_eq!(name_of(b"binlog"), "binlog");
        assert_eq!(name_of(b""), "");
    }

    fn soon() -> (Instant, Duration) {
        (Instant::now() + Duration::from_millis(50), Duration::from_millis(50))
    }

    #[tokio::test]
    async fn a_panic_below_is_a_reason_like_any_other() {
        let step = async {
            let empty: Vec<u8> = std::hint::black_box(Vec::new());
            Ok(empty[0])
        };
        let stopped = isolated(soon(), step).await.expect_err("it panics");
        assert!(matches!(stopped, Stopped::Crashed), "{stopped:?}");
    }

    #[tokio::test]
    async fn a_step_ends_when_its_time_is_up() {
        let stopped = isolated::<()>(soon(), std::future::pending()).await.expect_err("no end");
        let missing = stopped.missing("the log");
        assert!(matches!(missing, Missing::TimedOut { after_ms: 50, .. }), "{missing:?}");
    }
}
