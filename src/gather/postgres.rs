//! A visit to PostgreSQL: one login, one pipelined batch of two queries, and a second round trip
//! only where a table is not there.
//!
//! The visit is read-only and bounded in time, takes no lock on a user's table, and never fails:
//! what could not be had is a typed [`Missing`].

mod announced;
mod connect;
mod near;
mod queries;
mod reach;
mod refusal;

use cdc_checks::facts::connection::{Login, Reached, Tls};
use cdc_checks::facts::postgres::{Server, Tables};
use cdc_checks::facts::{self, Fact, Postgres};
use cdc_checks::{Missing, Selection, Text};

use self::connect::{Session, Stop};
use self::queries::Bounds;
use super::Target;

/// Visits a PostgreSQL server: how far the connection came, and what the server said.
pub(super) async fn visit(target: &Target, selection: &Selection) -> (facts::Connection, Postgres) {
    let bounds = Bounds::from_now(target.deadlines);
    let session = match Box::pin(connect::open(target)).await {
        Ok(session) => session,
        Err(stop) => return stopped(target, *stop),
    };
    let (server, tables) = Box::pin(read(&session, selection, bounds)).await;
    let login = Login { user: Text::new(&target.user) };
    let connection =
        connection(target, Ok(session.reached.clone()), Ok(session.tls.clone()), Ok(login));
    session.close().await;
    (connection, Postgres { server: server.into(), tables: tables.into() })
}

/// Reads what there is to read until the time is over, then tells the server to stop.
async fn read(
    session: &Session,
    selection: &Selection,
    bounds: Bounds,
) -> (Result<Server, Missing>, Result<Tables, Missing>) {
    let (mut server, mut tables) = queries::run(session, selection, bounds).await;
    if let Ok(server) = &mut server {
        server.announced_pid = announced::process(&session.client).await;
    }
    if let Ok(tables) = &mut tables
        && !tables.absent.is_empty()
    {
        near::search(session, &mut tables.absent, bounds).await;
    }
    if bounds.are_over() {
        session.cancel().await;
    }
    (server, tables)
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
    (connection, Postgres { server: Fact::Missing(root.clone()), tables: Fact::Missing(root) })
}
