//! A visit to PostgreSQL: one login, one pipelined batch of two queries, and a second round trip
//! only where a table is not there. Beside the second query, the live probe on a connection of its
//! own.
//!
//! The visit is bounded in time, takes no lock on a user's table, and never fails: what could not
//! be had is a typed [`Missing`]. Only the probe does more than read.

mod announced;
mod connect;
mod near;
mod probe;
mod queries;
mod refusal;

use cdc_checks::facts::connection::{Login, Reached, Tls, not_refused};
use cdc_checks::facts::{self, Fact, Postgres};
use cdc_checks::{Engine, Intent, LookAlike, Missing, Text};
use futures_util::future::join;

use self::connect::{Session, Stop};
pub(super) use self::probe::FAREWELL_LIMIT;
use self::queries::Bounds;
use super::Target;

/// What a visit is for, and the session that it has.
struct Visit<'a> {
    session: &'a Session,
    target: &'a Target,
    want: &'a Intent,
    bounds: Bounds,
}

/// Visits a PostgreSQL server: how far the connection came, and what the server said.
pub(super) async fn visit(target: &Target, want: &Intent) -> (facts::Connection, Postgres) {
    let bounds = Bounds::from_now(target.deadlines);
    let session = match Box::pin(connect::open(target)).await {
        Ok(session) => session,
        Err(stop) => return stopped(target, *stop),
    };
    let db = Box::pin(read(&session, target, want, bounds)).await;
    let login = Login { user: Text::new(&target.user) };
    let connection =
        connection(target, Ok(session.reached.clone()), Ok(session.tls.clone()), Ok(login));
    session.close().await;
    (connection, db)
}

/// Reads what there is to read until the time is over, then tells the server to stop.
///
/// Both queries are sent before the first answer is awaited. The server's facts decide on the probe,
/// which then runs beside the query for the tables.
async fn read(session: &Session, target: &Target, want: &Intent, bounds: Bounds) -> Postgres {
    let of_server = async {
        let mut server = queries::server(session, bounds).await;
        let mut version = None;
        match &mut server {
            Ok(server) => server.announced_pid = announced::process(&session.client).await,
            // What only speaks the protocol has not all that is asked for. It has a name.
            Err(_) => version = queries::version(session, bounds).await,
        }
        let visit = Visit { session, target, want, bounds };
        let probe = Box::pin(probe::run(&visit, &server)).await;
        (server, version, probe)
    };
    let of_tables = async {
        let mut tables = queries::tables(session, &want.selection, bounds).await;
        if let Ok(tables) = &mut tables
            && !tables.absent.is_empty()
        {
            near::search(session, &mut tables.absent, bounds).await;
        }
        tables
    };
    let ((server, version, probe), tables) = join(of_server, of_tables).await;
    if bounds.are_over() {
        session.cancel().await;
    }
    if version.as_ref().is_some_and(is_look_alike) {
        return of_look_alike(version);
    }
    Postgres { server: server.into(), version, tables: tables.into(), probe: probe.into() }
}

fn is_look_alike(version: &Text) -> bool {
    LookAlike::of(Engine::Postgres, version.untrusted()).is_some()
}

/// The facts of a product that is not PostgreSQL: its name, and nothing that a check could judge.
fn of_look_alike(version: Option<Text>) -> Postgres {
    let because = || Missing::NotReached { because: "connection/flavour".into() };
    Postgres {
        server: Fact::Missing(because()),
        version,
        tables: Fact::Missing(because()),
        probe: Fact::Missing(because()),
    }
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
        version: None,
        tables: Fact::Missing(root.clone()),
        probe: Fact::Missing(root),
    };
    (connection, db)
}
