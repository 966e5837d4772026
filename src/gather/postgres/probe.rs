//! The live probe: a replication connection, a temporary slot, a message of our own that comes back
//! decoded, and nothing left behind.
//!
//! It is the only part of a visit that is not a mere read, and a step of its own that can be
//! switched off. It writes no table: the message goes to the write-ahead log only.

mod binding;
mod connection;
mod decode;
mod failure;
mod farewell;
mod login;
mod pgoutput;
mod publication;
mod route;
mod skip;
mod steps;

use std::time::Duration;

use cdc_checks::facts::postgres::{Elapsed, Probe, Server};
use cdc_checks::{Fact, Intent, Missing};
use tokio::time::{Instant, timeout_at};

use self::failure::Failure;
use self::farewell::Guarded;
pub(in crate::gather) use self::farewell::LIMIT as FAREWELL_LIMIT;
use self::login::{Limits, Login};
pub(super) use self::route::Route;
use self::steps::Steps;
use super::Visit;
use super::queries::Bounds;
use crate::gather::Target;
use crate::gather::reach::millis;

/// What the replication connection is called in reasons.
const WALSENDER: &str = "the replication connection";

/// A login that names time limits is refused with this code by poolers.
const PROTOCOL_VIOLATION: &str = "08P01";

/// Probes the server of a session, unless that could do harm or cannot work.
pub(super) async fn run(
    visit: &Visit<'_>,
    server: &Result<Server, Missing>,
) -> Result<Probe, Missing> {
    if let Some(missing) = skip::reason(visit.target.probing.when, server) {
        return Err(missing);
    }
    let is_standby = server.as_ref().is_ok_and(|server| server.in_recovery);
    let started = Instant::now();
    let mut probe = nothing_yet(visit.want);
    let Visit { session, target, bounds, .. } = *visit;
    let opened = open(&session.route(), target, bounds, &mut probe).await;
    match opened {
        Err(failure) => probe.walsender = Fact::Missing(failure.missing(WALSENDER)),
        Ok((connection, limits)) => {
            Steps { visit, is_standby, limits, started }.take(connection, &mut probe).await;
        }
    }
    probe.publication = publication::attempt(visit, is_standby).await.into();
    probe.elapsed.total_ms = since(started);
    Ok(probe)
}

/// A probe that has not come anywhere.
fn nothing_yet(want: &Intent) -> Probe {
    fn because<T>(id: &str) -> Fact<T> {
        Fact::Missing(Missing::NotReached { because: id.into() })
    }
    Probe {
        plugin: want.profile.output_plugin.clone(),
        authentication: None,
        walsender: because("connection/auth"),
        slot: because("postgres/probe-walsender"),
        decoding: because("postgres/probe-walsender"),
        slot_removed: because("postgres/probe-walsender"),
        publication: because("connection/auth"),
        waited_for: Vec::new(),
        notices: Vec::new(),
        elapsed: Elapsed::default(),
    }
}

/// Logs in for replication, if need be without the time limits that poolers refuse.
async fn open(
    route: &Route,
    target: &Target,
    bounds: Bounds,
    probe: &mut Probe,
) -> Result<(Guarded, Limits), Failure> {
    let limit = target.deadlines.connect;
    let deadline = bounds.within(limit);
    let late = |_| Failure::Late(limit);
    let mut limits = Limits::Asked;
    loop {
        let attempt = Box::pin(attempt(route, target, limits, probe));
        match timeout_at(deadline, attempt).await.map_err(late)? {
            Err(failure)
                if limits == Limits::Asked && failure.code() == Some(PROTOCOL_VIOLATION) =>
            {
                limits = Limits::Refused;
            }
            other => return other.map(|guarded| (guarded, limits)),
        }
    }
}

async fn attempt(
    route: &Route,
    target: &Target,
    limits: Limits,
    probe: &mut Probe,
) -> Result<Guarded, Failure> {
    let arrival = route.travel().await?;
    let connection = Login::new(target, arrival).run(limits, &mut probe.authentication).await?;
    Ok(Guarded::new(route.clone(), connection))
}

/// Whole milliseconds since then.
fn since(started: Instant) -> u64 {
    millis(started.elapsed())
}

/// Takes a step within its limit, and within what is left of the visit.
async fn within<T>(
    bounds: Bounds,
    limit: Duration,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let end = bounds.within(limit);
    let limit = end.saturating_duration_since(Instant::now());
    timeout_at(end, step).await.unwrap_or(Err(Failure::Late(limit)))
}
