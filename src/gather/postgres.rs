//! A visit to PostgreSQL: one login, one pipelined batch of two queries, and a second round trip
//! only where a table is not there. Beside that, the live probe on a connection of its own.
//!
//! But for the probe, the visit is read-only and bounded in time, takes no lock on a user's table, and never fails:
//! what could not be had is a typed [`Missing`].

mod announced;
mod connect;
mod near;
mod probe;
mod queries;
mod reach;
mod refusal;

use cdc_checks::facts::connection::{Login, Reached, Tls, not_refused};
use cdc_checks::facts::{self, Fact, Postgres};
use cdc_checks::{Missing, Selection, Text};
use futures_util::future::join;

use self::connect::{Session, Stop};
pub(super) use self::probe::all_said;
use self::queries::Bounds;
use super::Target;

/// Visits a PostgreSQL server: how far the connection came, and what the server said.
pub(super) async fn visit(target: &Target, selection: &Selection) -> (facts::Connection, Postgres) {
    let bounds = Bounds::from_now(target.deadlines);
    let session = match Box::pin(connect::open(target)).await {
        Ok(session) => session,
        Err(stop) => return stopped(target, *stop),
    };
    let db = Box::pin(read(&session, target, selection, bounds)).await;
    let login = Login { user: Text::new(&target.user) };
    let connection =
        connection(target, Ok(session.reached.clone()), Ok(session.tls.clone()), Ok(login));
    session.close().await;
    (connection, db)
}

/// Reads what there is to read until the time is over, then tells the server to stop.
///
/// The probe comes after the batch, because the server's facts decide on whether it may run.
async fn read(
    session: &Session,
    target: &Target,
    selection: &Selection,
    bounds: Bounds,
) -> Postgres {
    let (mut server, mut tables) = queries::run(session, selection, bounds).await;
    if let Ok(server) = &mut server {
        server.announced_pid = announced::process(&session.client).await;
    }
    let near = async {
        if let Ok(tables) = &mut tables
            && !tables.absent.is_empty()
        {
            near::search(session, &mut tables.absent, bounds).await;
        }
    };
    let probe = Box::pin(probe::run(session, target, &server, bounds));
    let ((), probe) = join(near, probe).await;
    if bounds.are_over() {
        session.cancel().await;
    }
    Postgres { server: server.into(), tables: tables.into(), probe: probe.into() }
}

fn connection(
    target: &Target,
    reached: Result<Reached, Missing>,
    tls: Result<Tls, Missing>,
    login: Result<Login, Missing>,
) -> facts::Connection {
    facts::Connection {
        host: Text::new(&target.host),
        port: target.port,
        reached: reached.into(),
        login: login.into(),
        tls: tls.into(),
        login_with_tls: not_refused(),
        certificate_fault: None,
    }
}

/// The facts of a visit that ended before anything could be asked: one root, and its consequences.
fn stopped(target: &Target, stop: Stop) -> (facts::Connection, Postgres) {
    let because = |id: &str| Missing::NotReached { because: id.into() };
    let (root, connection) = match stop {
        Stop::Unreachable(missing) => {
            let root = because("connection/reachable");
            (root.clone(), connection(target, Err(missing), Err(root.clone()), Err(root)))
        }
        Stop::NotEncrypted { reached, missing } => {
            let root = because("connection/tls");
            (root.clone(), connection(target, Ok(reached), Err(missing), Err(root)))
        }
        Stop::NotLoggedIn { reached, tls, missing } => {
            let root = because("connection/auth");
            (root, connection(target, Ok(reached), Ok(tls), Err(missing)))
        }
    };
    let db = Postgres {
        server: Fact::Missing(root.clone()),
        tables: Fact::Missing(root.clone()),
        probe: Fact::Missing(root),
    };
    (connection, db)
}
