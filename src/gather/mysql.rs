//! The visit to MySQL and MariaDB: one connection, read-only, a fixed number of round trips.
//!
//! After login: the first batch, the variables, the binary log's position, its files, connected
//! replicas, the upstream server, the tables (one round trip for every [`tables::CHUNK`] of them),
//! and only where they are needed a last batch of names near to missing ones and of what inactive
//! roles would grant. So it is seven or eight for any selection up to a chunk.

mod login;
mod near;
mod replication;
mod session;
mod tables;
mod tls;
mod variables;
mod welcome;

use cdc_checks::facts::{Connection, MySql};
use cdc_checks::{Fact, Missing, Selection, Text};

use super::Target;
use session::Session;

/// Visits a server for the facts about it and about the selected tables.
///
/// Total: whatever does not work out becomes a [`Missing`] in the place of the fact.
pub(crate) async fn visit(target: &Target, selection: &Selection) -> (Connection, MySql) {
    let reception = login::log_in(target).await;
    let mut connection = Connection {
        host: Text::new(&target.host),
        port: target.port,
        reached: reception.reached,
        login: reception.login,
        tls: reception.tls,
    };
    let Some(conn) = reception.conn else {
        let because = connection.login.get().err().and_then(|missing| root_of(&missing));
        return (connection, nothing(target, &because.unwrap_or_else(auth)));
    };
    let mut session = Session::new(conn, &target.deadlines);
    let mut db = read(&mut session, target, selection).await;
    if let Some(refusal) = session.refused_login() {
        // MariaDB lets an account with an expired password in, to refuse its every statement.
        connection.login = Fact::Missing(refusal);
        db = nothing(target, &auth());
    }
    session.leave().await;
    (connection, db)
}

async fn read(session: &mut Session, target: &Target, selection: &Selection) -> MySql {
    let welcome = welcome::read(session, selection).await;
    let identity = welcome.identity.known();
    let variables = variables::read(session, identity).await;
    let binlog_position = replication::position(session, identity).await;
    let binlog_files = replication::files(session, identity).await;
    let replicas = replication::replicas(session, identity).await;
    let upstream = replication::upstream(session, identity).await;
    let tables = tables::read(session, selection, identity, &welcome.discovered).await;
    let (tables, role_grants) = near::read(session, tables, identity, &welcome.grants).await;
    MySql {
        host: Text::new(&target.host),
        identity: welcome.identity,
        variables,
        grants: welcome.grants,
        role_grants,
        status: welcome.status,
        binlog_position,
        binlog_files,
        replicas,
        upstream,
        tables,
    }
}

/// The facts of a server that was not entered.
fn nothing(target: &Target, because: &str) -> MySql {
    let missing = Missing::NotReached { because: because.to_owned() };
    MySql {
        host: Text::new(&target.host),
        identity: Fact::Missing(missing.clone()),
        variables: Fact::Missing(missing.clone()),
        grants: Fact::Missing(missing.clone()),
        role_grants: Fact::Missing(missing.clone()),
        status: Fact::Missing(missing.clone()),
        binlog_position: Fact::Missing(missing.clone()),
        binlog_files: Fact::Missing(missing.clone()),
        replicas: Fact::Missing(missing.clone()),
        upstream: Fact::Missing(missing.clone()),
        tables: Fact::Missing(missing),
    }
}

fn root_of(missing: &Missing) -> Option<String> {
    missing.root().map(str::to_owned)
}

fn auth() -> String {
    "connection/auth".to_owned()
}
