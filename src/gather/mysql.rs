//! The visit to MySQL and MariaDB: one connection, read-only, a fixed number of round trips.
//!
//! After login: the first batch, the variables, the binary log's position, its files, connected
//! replicas, the upstream server, the tables (one round trip for every [`tables::CHUNK`] of them),
//! a batch of what goes on, and only where they are needed a last batch of names near to missing
//! ones and of what inactive roles would grant. So it is eight or nine for any selection up to a
//! chunk. A probe adds the tables' sizes, and asks on a second connection who answers there.

mod activity;
mod clock;
mod instance;
mod login;
mod near;
mod replication;
mod session;
mod tables;
mod tls;
mod variables;
mod welcome;

use cdc_checks::facts::mysql::{Activity, not_amazon};
use cdc_checks::facts::{Connection, MySql};
use cdc_checks::{Fact, Missing, Selection, Text};

use super::{LiveProbe, Target};
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
        login_with_tls: reception.login_with_tls,
        certificate_fault: reception.certificate_fault,
    };
    let Some(conn) = reception.conn else {
        let because = connection.login.get().err().and_then(|missing| root_of(&missing));
        return (connection, nothing(target, &because.unwrap_or_else(auth)));
    };
    let mut session = Session::new(conn, &target.deadlines);
    let mut db = read(&mut session, target, selection).await;
    if target.live_probe == LiveProbe::WhereHarmless {
        db.sizes = tables::sizes(&mut session, &db).await;
        db.instances = instance::read(&mut session, target, &db).await;
    }
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
    let mut db = MySql {
        host: Text::new(&target.host),
        identity: welcome.identity,
        variables,
        grants: welcome.grants,
        role_grants,
        account: welcome.account,
        status: welcome.status,
        binlog_position,
        binlog_files,
        replicas,
        upstream,
        rds_retention: not_amazon(),
        activity: Activity::missing(&unprobed("what goes on")),
        instances: Fact::Missing(unprobed("who answers on a second connection")),
        sizes: Fact::Missing(unprobed("the size of the tables")),
        tables,
    };
    let seen = activity::read(session, &db).await;
    (db.activity, db.rds_retention) = (seen.activity, seen.rds_retention);
    db
}

/// The reason why something is missing that only a probe asks for.
fn unprobed(what: &str) -> Missing {
    Missing::NotAsked { what: what.into(), why: "only --probe asks for it".into() }
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
        account: Fact::Missing(missing.clone()),
        status: Fact::Missing(missing.clone()),
        binlog_position: Fact::Missing(missing.clone()),
        binlog_files: Fact::Missing(missing.clone()),
        replicas: Fact::Missing(missing.clone()),
        upstream: Fact::Missing(missing.clone()),
        rds_retention: Fact::Missing(missing.clone()),
        activity: Activity::missing(&missing),
        instances: Fact::Missing(missing.clone()),
        sizes: Fact::Missing(missing.clone()),
        tables: Fact::Missing(missing),
    }
}

fn root_of(missing: &Missing) -> Option<String> {
    missing.root().map(str::to_owned)
}

fn auth() -> String {
    "connection/auth".to_owned()
}
