//! What is done on the replication connection once it is there.

use std::pin::pin;
use std::time::Duration;

use cdc_checks::facts::postgres::{Holder, Probe, ProbedSlot, WalSender};
use cdc_checks::quote::postgres::ident;
use cdc_checks::{Fact, Missing};
use futures_util::future::join;
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::{Activity, Connection, Rows};
use super::decode::{DECODED, Decode};
use super::failure::Failure;
use super::farewell::{Guarded, STOP_LIMIT};
use super::login::Limits;
use super::{WALSENDER, since, within};
use crate::gather::LiveProbe;
use crate::gather::postgres::Visit;
use crate::gather::postgres::queries;

/// How long an answer to a small command may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// After how long somebody must be holding the slot up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the creation of the slot may take before it is cancelled. Time limits of the server
/// bound only the wait for each single transaction.
const SLOT_LIMIT: Duration = Duration::from_secs(5);

const BLOCKERS: &str = include_str!("../../sql/postgres_slot_blockers.sql");
const IS_GONE: &str = "select to_jsonb(not exists (
    select from pg_replication_slots where slot_name::text = any ($1)))::text";

const SLOT: &str = "the temporary slot";

/// SQLSTATEs of a wait that was ended: by a time limit, and by a cancel request.
const WAITED: [&str; 2] = ["55P03", "57014"];

/// The steps after the login, on the replication connection and on the visit's session beside it.
pub(super) struct Steps<'a> {
    pub(super) visit: &'a Visit<'a>,
    /// Whether nothing can be written to the server.
    pub(super) is_standby: bool,
    pub(super) limits: Limits,
    /// When the way to the server began.
    pub(super) started: Instant,
}

impl Steps<'_> {
    /// Takes the steps as far as they go, then closes the connection.
    pub(super) async fn take(&self, mut guarded: Guarded, probe: &mut Probe) {
        let walsender = self.identify(guarded.get()).await;
        probe.elapsed.connect_ms = since(self.started);
        probe.walsender = walsender.map_err(|failure| failure.missing(WALSENDER)).into();
        if let Fact::Known(walsender) = &probe.walsender {
            let pid = walsender.backend_pid;
            let name = format!("cdc_preflight_{pid}");
            if walsender.pooled && self.visit.target.probing.when != LiveProbe::Always {
                not_through_a_pooler(probe);
            } else {
                self.use_slot(guarded.get(), pid, &name, probe).await;
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
        let ask = connection.commands("SELECT pg_catalog.pg_backend_pid()", "IDENTIFY_SYSTEM");
        let (pid, identity) = within(self.visit.bounds, ANSWER_LIMIT, ask).await?;
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

    async fn use_slot(&self, connection: &mut Connection, pid: i32, name: &str, probe: &mut Probe) {
        let started = Instant::now();
        let created = self.create(connection, pid, name, &mut probe.waited_for).await;
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
        let decode = Decode { visit: self.visit, is_standby: self.is_standby, slot: name };
        probe.decoding = decode.run(connection).await.into();
        probe.elapsed.decode_ms = since(started);
    }

    /// Creates the slot, or cancels its creation and waits for the server to have given up.
    async fn create(
        &self,
        connection: &mut Connection,
        pid: i32,
        name: &str,
        waited_for: &mut Vec<Holder>,
    ) -> Result<ProbedSlot, Failure> {
        let Visit { session, want, bounds, .. } = *self.visit;
        let (key, route) = (connection.key, session.route());
        let end = bounds.within(SLOT_LIMIT);
        let plugin = ident(&want.profile.output_plugin);
        // This form holds no snapshot while it waits, and old servers know it, too.
        let command =
            format!("CREATE_REPLICATION_SLOT {name} TEMPORARY LOGICAL {plugin} NOEXPORT_SNAPSHOT");
        let mut answer = pin!(connection.command(&command));
        if let Ok(rows) = timeout(PATIENCE, &mut answer).await {
            return slot(&rows?);
        }
        let (rows, blockers) =
            join(timeout_at(end, &mut answer), timeout_at(end, self.blockers(pid))).await;
        *waited_for = blockers.unwrap_or_default();
        if let Ok(rows) = rows {
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
        let Visit { session, bounds, .. } = *self.visit;
        let found = queries::run_one(session, bounds, what, BLOCKERS, &[&waiting]).await;
        found.unwrap_or_default()
    }

    /// Whether the slot has gone with its connection.
    async fn is_gone(&self, name: &str) -> Result<bool, Missing> {
        let names = vec![name];
        let Visit { session, bounds, .. } = *self.visit;
        queries::run_one(session, bounds, "the slots", IS_GONE, &[&names]).await
    }
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
pub(super) fn cell(rows: &Rows, column: usize) -> Result<&str, Failure> {
    let cell = rows.first().and_then(|row| row.get(column)).and_then(Option::as_deref);
    cell.ok_or(Failure::Malformed("an answer without its value"))
}
