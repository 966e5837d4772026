//! What is done on the replication connection once it is there.

use std::pin::pin;
use std::time::Duration;

use cdc_checks::facts::postgres::{Decoding, Holder, Probe, ProbedSlot, Proof, WalSender};
use cdc_checks::{Fact, Missing};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

use super::connection::{Activity, Connection, Rows};
use super::failure::Failure;
use super::farewell::{Guarded, STOP_LIMIT};
use super::login::Limits;
use super::pgoutput::{self, Piece};
use super::{WALSENDER, since, within};
use crate::gather::postgres::connect::Session;
use crate::gather::postgres::queries::{self, Bounds};

/// How long an answer to a small command may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// After how long somebody must be holding the slot up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the creation of the slot may take before it is cancelled. Time limits of the server
/// bound only the wait for each single transaction.
const SLOT_LIMIT: Duration = Duration::from_secs(5);

/// How long a message may take to come back.
const DECODE_LIMIT: Duration = Duration::from_secs(3);

/// By which the message is found again.
const PREFIX: &str = "cdc-preflight";

/// From this major version on, messages come out of `pgoutput`.
const DECODES_MESSAGES: u32 = 14;

const BLOCKERS: &str = include_str!("../../sql/postgres_slot_blockers.sql");
const IS_GONE: &str = "select to_jsonb(not exists (
    select from pg_replication_slots where slot_name::text = any ($1)))::text";

const SLOT: &str = "the temporary slot";
const DECODED: &str = "a message of its own out of the slot";

/// SQLSTATEs of a wait that was ended: by a time limit, and by a cancel request.
const WAITED: [&str; 2] = ["55P03", "57014"];

/// SQLSTATE of a publication that is not there.
const UNDEFINED: &str = "42704";

/// The steps after the login, on the replication connection and on the visit's session beside it.
pub(super) struct Steps<'a> {
    pub(super) session: &'a Session,
    pub(super) bounds: Bounds,
    pub(super) limits: Limits,
    /// When the way to the server began.
    pub(super) started: Instant,
}

/// A message that was written.
struct Written {
    nonce: String,
    /// Where in the write-ahead log.
    at: String,
    /// The transaction that wrote it.
    xid: u32,
}

impl Steps<'_> {
    /// Takes the steps as far as they go, then closes the connection.
    pub(super) async fn take(&self, mut guarded: Guarded, probe: &mut Probe) {
        let walsender = self.identify(guarded.get()).await;
        probe.elapsed.connect_ms = since(self.started);
        probe.walsender = walsender.map_err(|failure| failure.missing(WALSENDER)).into();
        if let Fact::Known(walsender) = &probe.walsender {
            let name = format!("cdc_preflight_{}", walsender.backend_pid);
            if walsender.pooled {
                not_through_a_pooler(probe);
            } else {
                self.use_slot(guarded.get(), &name, probe).await;
            }
            probe.notices.append(&mut guarded.get().notices);
            guarded.leave().await;
            probe.slot_removed = self.is_gone(&name).await.into();
        } else {
            guarded.leave().await;
        }
    }

    /// Which server it is, and whether this process is the one that was announced.
    async fn identify(&self, connection: &mut Connection) -> Result<WalSender, Failure> {
        let ask = async {
            let pid = connection.command("SELECT pg_catalog.pg_backend_pid()").await?;
            Ok((pid, connection.command("IDENTIFY_SYSTEM").await?))
        };
        let (pid, identity) = within(self.bounds, ANSWER_LIMIT, ask).await?;
        let backend_pid = cell(&pid, 0)?
            .parse()
            .map_err(|_| Failure::Malformed("a process id that is no number"))?;
        Ok(WalSender {
            system_id: cell(&identity, 0)?.into(),
            timeline: cell(&identity, 1)?.into(),
            backend_pid,
            pooled: connection.key.is_none_or(|key| key.pid != backend_pid),
            limits_refused: self.limits == Limits::Refused,
        })
    }

    async fn use_slot(&self, connection: &mut Connection, name: &str, probe: &mut Probe) {
        let started = Instant::now();
        let created = self.create(connection, name, &mut probe.waited_for).await;
        probe.elapsed.slot_ms = since(started);
        let slot = match created {
            Ok(slot) => slot,
            Err(failure) => {
                if matches!(failure, Failure::Late(_)) {
                    connection.activity = Activity::Lost;
                }
                probe.decoding = Fact::Missing(without_slot(&failure));
                probe.slot = Fact::Missing(failure.missing(SLOT));
                return;
            }
        };
        probe.slot = Fact::Known(slot);
        let started = Instant::now();
        probe.decoding = self.decode(connection, name).await.into();
        probe.elapsed.decode_ms = since(started);
    }

    /// Creates the slot, or cancels its creation and waits for the server to have given up.
    async fn create(
        &self,
        connection: &mut Connection,
        name: &str,
        waited_for: &mut Vec<Holder>,
    ) -> Result<ProbedSlot, Failure> {
        let (key, route) = (connection.key, self.session.route());
        let pid = key.map_or(0, |key| key.pid);
        let end = self.bounds.within(SLOT_LIMIT);
        // This form holds no snapshot while it waits, and old servers know it, too.
        let command =
            format!("CREATE_REPLICATION_SLOT {name} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
        let mut answer = pin!(connection.command(&command));
        if let Ok(rows) = timeout(PATIENCE, &mut answer).await {
            return slot(&rows?);
        }
        *waited_for = self.blockers(pid).await;
        if let Ok(rows) = timeout_at(end, &mut answer).await {
            return slot(&rows?);
        }
        route.cancel(key).await;
        let late = Failure::Late(SLOT_LIMIT + STOP_LIMIT);
        slot(&timeout(STOP_LIMIT, &mut answer).await.map_err(|_| late)??)
    }

    /// For whom the process waits. A courtesy: that it waits is known without.
    async fn blockers(&self, pid: i32) -> Vec<Holder> {
        let pid = pid.to_string();
        let waiting = vec![pid.as_str()];
        let what = "the transactions that the slot waits for";
        let found = queries::run_one(self.session, self.bounds, what, BLOCKERS, &[&waiting]).await;
        found.unwrap_or_default()
    }

    /// Writes a message and waits for it to come out of the slot.
    async fn decode(&self, connection: &mut Connection, name: &str) -> Result<Decoding, Missing> {
        let written = self.write().await?;
        let search = self.search(connection, name, &written);
        let found = within(self.bounds, DECODE_LIMIT, search).await;
        let proof = match found {
            // Another session has changed a row since: for that the plugin wants the publication.
            Err(failure) if is_streaming(connection) && failure.code() == Some(UNDEFINED) => {
                Proof::AnothersChange
            }
            found => found.map_err(|failure| failure.missing(DECODED))?,
        };
        Ok(Decoding { proof })
    }

    /// Writes the message on the visit's session. It needs no table and no grant, and is allowed
    /// where nothing can be written.
    async fn write(&self) -> Result<Written, Missing> {
        let nonce = Uuid::new_v4().simple().to_string();
        // The commit must be on disk to be decoded, but need not wait for standbys.
        let sql = format!(
            "{begin}; set local synchronous_commit = local; \
             select pg_logical_emit_message(true, '{PREFIX}', '{nonce}'), txid_current(); commit",
            begin = self.bounds.begin(self.session.major),
        );
        let what = "a message in the write-ahead log";
        let client = &self.session.client;
        let messages = queries::in_time(self.bounds, what, client.simple_query(&sql)).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let read = || {
            let (at, xid) = (row?.get(0)?, row?.get(1)?);
            // The stream counts transactions without the epoch.
            let xid = u32::try_from(xid.parse::<u64>().ok()? & u64::from(u32::MAX)).ok()?;
            Some(Written { nonce: nonce.clone(), at: at.to_owned(), xid })
        };
        read().ok_or_else(|| Missing::Malformed { what: what.into(), detail: "no row".into() })
    }

    /// Streams until the message is there.
    ///
    /// The publication is one that does not exist, so that no row of anybody is sent here; the
    /// stream starts at the message, so that other sessions' work before it is passed over.
    async fn search(
        &self,
        connection: &mut Connection,
        name: &str,
        written: &Written,
    ) -> Result<Proof, Failure> {
        let decodes_messages = self.session.major >= DECODES_MESSAGES;
        let messages = if decodes_messages { ", messages 'true'" } else { "" };
        let start = format!(
            "START_REPLICATION SLOT {name} LOGICAL {at} \
             (proto_version '1', publication_names '{name}'{messages})",
            at = written.at
        );
        connection.start(&start).await?;
        let mut is_ours = false;
        loop {
            match pgoutput::read(connection.streamed().await?)? {
                Piece::Message { prefix, content }
                    if prefix == PREFIX && content == written.nonce =>
                {
                    return Ok(Proof::Message);
                }
                Piece::Begin { xid } => is_ours = xid == written.xid,
                Piece::Commit if is_ours && decodes_messages => {
                    return Err(Failure::Malformed("the transaction came without its message"));
                }
                Piece::Commit if is_ours => return Ok(Proof::Transaction),
                Piece::KeepAlive { wants_reply: true } => {
                    connection.send(&pgoutput::still_here()?).await?;
                }
                _ => {}
            }
        }
    }

    /// Whether the slot has gone with its connection.
    async fn is_gone(&self, name: &str) -> Result<bool, Missing> {
        let names = vec![name];
        queries::run_one(self.session, self.bounds, "the slots", IS_GONE, &[&names]).await
    }
}

fn is_streaming(connection: &Connection) -> bool {
    connection.activity == Activity::Streaming
}

/// The answer to the creation of a slot.
fn slot(rows: &Rows) -> Result<ProbedSlot, Failure> {
    Ok(ProbedSlot { name: cell(rows, 0)?.into(), consistent_point: cell(rows, 1)?.into() })
}

/// Why nothing is decoded where there is no slot.
fn without_slot(failure: &Failure) -> Missing {
    if failure.code().is_some_and(|code| WAITED.contains(&code)) {
        return Missing::NotAsked {
            what: DECODED.into(),
            why: "the slot would have had to wait for a running transaction".into(),
        };
    }
    Missing::NotReached { because: "postgres/probe-slot".into() }
}

/// A pooler may keep the session, and with it the slot, beyond the end of the connection.
fn not_through_a_pooler(probe: &mut Probe) {
    let skipped = |what: &str| Missing::NotAsked {
        what: what.into(),
        why: "through a pooler a slot may be left behind".into(),
    };
    probe.slot = Fact::Missing(skipped(SLOT));
    probe.decoding = Fact::Missing(skipped(DECODED));
}

/// A column of the first row.
fn cell(rows: &Rows, column: usize) -> Result<&str, Failure> {
    let cell = rows.first().and_then(|row| row.get(column)).and_then(Option::as_deref);
    cell.ok_or(Failure::Malformed("an answer without its value"))
}
