//! The live probe: a reader of the binary log, under a server id that nobody else has, asks for the
//! log from its present end on, and for the beginning of its oldest file.
//!
//! Every request takes a connection of its own, because the server closes it afterwards; they come
//! one after the other, so that the visit never has more than two. None waits for changes to come,
//! so that nothing stays behind at the server.

mod dump;
mod plan;
mod reader_id;
mod sample;
mod statement;

use std::collections::BTreeMap;
use std::time::Duration;

use cdc_checks::facts::Connection;
use cdc_checks::facts::mysql::{
    BinlogFile, BinlogPosition, OldestFile, Probe, ProbeLogin, Sample, Streamed, Tables, Variable,
    not_sampled,
};
use cdc_checks::{Fact, Missing, Text};
use tokio::time::{Instant, sleep, timeout};

pub(super) use self::dump::Reader;
use self::dump::{Beginning, Dump, Start, Stopped, isolated};
pub(super) use self::plan::Plan;
use super::session::millis;
use crate::gather::Target;

/// For one login or one request.
pub(in crate::gather) const LIMIT: Duration = Duration::from_secs(5);

/// For the answer that follows the last event that has to come.
const END_LIMIT: Duration = Duration::from_secs(2);

/// How long a server may count a session that has gone.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(50);

const LOGIN: &str = "the probe's login";
const STREAM: &str = "the request for the binary log";
const OLDEST: &str = "the request for the oldest file of the binary log";

/// The way to the server.
#[derive(Clone, Copy)]
pub(super) struct Entrance<'a> {
    pub(super) target: &'a Target,
    pub(super) connection: &'a Connection,
    /// When the visit has to be over.
    pub(super) end: Instant,
}

/// What the visit's own session has found out, as far as the probe needs it.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) entrance: Entrance<'a>,
    pub(super) position: &'a Fact<Option<BinlogPosition>>,
    pub(super) files: &'a Fact<Vec<BinlogFile>>,
    pub(super) replicas: &'a Fact<Vec<u32>>,
    pub(super) variables: &'a Fact<BTreeMap<String, Variable>>,
    /// The id that the connector will use, where it is known.
    pub(super) connector: Option<u32>,
}

/// Asks for the log from its present end on, after this login, and for the beginning of its oldest
/// file.
pub(super) async fn run(ground: Ground<'_>, reader: Result<Reader, Missing>) -> Probe {
    let started = Instant::now();
    let mut probe = nothing_yet();
    stream(ground, reader, &mut probe).await;
    probe.elapsed_ms = millis(started.elapsed());
    probe
}

/// A probe that has not come anywhere.
fn nothing_yet() -> Probe {
    Probe {
        login: not_reached(),
        stream: not_reached(),
        oldest: not_reached(),
        sample: not_sampled(),
        elapsed_ms: 0,
    }
}

fn not_reached<T>() -> Fact<T> {
    Fact::Missing(Missing::NotReached { because: "mysql/probe-stream".into() })
}

async fn stream(ground: Ground<'_>, reader: Result<Reader, Missing>, probe: &mut Probe) {
    let asked = ground.present_end();
    let (server, now, dump) = match ground.ask(reader, &asked).await {
        Ok(answer) => answer,
        Err(Refused::Login(missing)) => return probe.login = Fact::Missing(missing),
        Err(Refused::Request(server, missing)) => {
            probe.login = Fact::Known(server);
            return probe.stream = Fact::Missing(missing);
        }
    };
    probe.login = Fact::Known(server);
    let found = match isolated(ground.entrance.until(LIMIT), to_the_end(dump)).await {
        Ok(found) => found,
        Err(stopped) => return probe.stream = Fact::Missing(stopped.missing(STREAM)),
    };
    let file = asked.named(&found.beginning);
    probe.stream = Fact::Known(Streamed {
        file: file.clone(),
        position: asked.position,
        at_end: found.at_end,
    });
    probe.oldest = if asked.is_oldest() || ground.has_one_file(&file) {
        Fact::Known(found.beginning.aged(file, now))
    } else {
        oldest(ground).await.into()
    };
}

/// What the request for the present end of the log brought.
struct Found {
    beginning: Beginning,
    at_end: bool,
}

/// Reads what has to come, and whether the server then says that it is all.
async fn to_the_end(mut dump: Dump) -> Result<Found, Stopped> {
    let beginning = dump.beginning().await?;
    let at_end = match timeout(END_LIMIT, dump.next()).await {
        Ok(Ok(event)) => event.is_none(),
        // It streams: what comes next is more than this program takes, or yet to come.
        Ok(Err(Stopped::TooLarge)) | Err(_) => false,
        Ok(Err(stopped)) => return Err(stopped),
    };
    dump.leave().await;
    Ok(Found { beginning, at_end })
}

async fn oldest(ground: Ground<'_>) -> Result<OldestFile, Missing> {
    let asked = Start::oldest();
    let reader = ground.entrance.log_in().await;
    let (_, now, mut dump) = ground.ask(reader, &asked).await.map_err(Refused::missing)?;
    let read = async move {
        let beginning = dump.beginning().await;
        dump.leave().await;
        beginning
    };
    let beginning =
        isolated(ground.entrance.until(LIMIT), read).await.map_err(|s| s.missing(OLDEST))?;
    Ok(beginning.aged(asked.named(&beginning), now))
}

/// Reads the last events of a log that streams, as far as that costs little.
pub(super) async fn sample(
    ground: Ground<'_>,
    probe: &Probe,
    tables: &Fact<Tables>,
) -> Fact<Sample> {
    if probe.streams() { sampled(ground, tables).await.into() } else { not_reached() }
}

async fn sampled(ground: Ground<'_>, tables: &Fact<Tables>) -> Result<Sample, Missing> {
    let what = "a sample of the binary log";
    let start = sample::start(ground.files.get()?).ok_or_else(|| Missing::NotAsked {
        what: what.into(),
        why: "the server has no binary log".into(),
    })?;
    let names = tables.known().map(sample::names).unwrap_or_default();
    let reader = ground.entrance.log_in().await;
    let (_, _, dump) = ground.ask(reader, &start).await.map_err(Refused::missing)?;
    let read = sample::read(dump, start.file.clone(), names);
    isolated(ground.entrance.until(LIMIT), read).await.map_err(|stopped| stopped.missing(what))
}

/// Why a request was not answered.
enum Refused {
    Login(Missing),
    Request(ProbeLogin, Missing),
}

impl Refused {
    fn missing(self) -> Missing {
        match self {
            Self::Login(missing) | Self::Request(_, missing) => missing,
        }
    }
}

/// Whether a login is refused for the number of sessions: of the server, or of the account.
fn is_full(missing: &Missing) -> bool {
    matches!(missing, Missing::Refused { code: Some(code), .. }
        if ["1040", "1203", "1226"].contains(&code.as_str()))
}

impl Entrance<'_> {
    /// Logs in; where the number of sessions is what the server refuses, again for a moment,
    /// because it takes one to notice that the session before has gone.
    pub(super) async fn log_in(&self) -> Result<Reader, Missing> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let (target, connection) = (self.target.clone(), self.connection.clone());
            let login = async move { dump::log_in(&target, &connection, LIMIT).await };
            match isolated(self.until(LIMIT), login).await {
                Ok(reader) => return Ok(reader),
                Err(stopped) => match stopped.missing(LOGIN) {
                    missing if is_full(&missing) && Instant::now() < patience => {
                        sleep(PAUSE).await;
                    }
                    missing => return Err(missing),
                },
            }
        }
    }

    /// When a step has to be over.
    fn until(&self, limit: Duration) -> (Instant, Duration) {
        let now = Instant::now();
        let end = self.end.min(now + limit);
        (end, end.saturating_duration_since(now))
    }
}

impl Ground<'_> {
    /// Asks for the log after a login: who answered, the server's time in seconds since 1970, and
    /// the stream.
    async fn ask(
        &self,
        reader: Result<Reader, Missing>,
        start: &Start,
    ) -> Result<(ProbeLogin, u64, Dump), Refused> {
        let reader = reader.map_err(Refused::Login)?;
        let (server, now) = (reader.server.clone(), reader.now);
        let (id, start) = (reader_id::choose(|id| self.taken(id)), start.clone());
        let request = async move { reader.ask(id, &start).await };
        match isolated(self.entrance.until(LIMIT), request).await {
            Ok(dump) => Ok((server, now, dump)),
            Err(stopped) => Err(Refused::Request(server, stopped.missing(STREAM))),
        }
    }

    /// Where the log ends now; its very beginning where that is hidden from the account.
    fn present_end(&self) -> Start {
        match self.position.known() {
            Some(Some(at)) => Start::at(at.file.untrusted(), at.position),
            _ => Start::oldest(),
        }
    }

    fn has_one_file(&self, name: &Text) -> bool {
        self.files.known().is_some_and(|files| matches!(&files[..], [one] if one.name == *name))
    }

    fn taken(&self, id: u32) -> bool {
        let own = self.variables.known().and_then(|all| all.get("server_id"));
        let own: Option<u32> = own.and_then(|variable| variable.value.untrusted().parse().ok());
        let listed = self.replicas.known().is_some_and(|ids| ids.contains(&id));
        listed || own == Some(id) || self.connector == Some(id)
    }
}
