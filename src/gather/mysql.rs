//! The visit to MySQL and MariaDB: one connection, read-only, a fixed number of round trips, and
//! beside it the live probe on a connection of its own.
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
mod probe;
mod replication;
mod session;
mod tables;
mod tls;
mod variables;
mod welcome;

use std::collections::BTreeMap;

use cdc_checks::facts::mysql::{Activity, BinlogFile, BinlogPosition, Probe, Variable, not_amazon};
use cdc_checks::facts::{Connection, MySql};
use cdc_checks::{Fact, Intent, Missing, Text};
use futures_util::future::join;
use tokio::time::Instant;

use super::{LiveProbe, Target};
pub(super) use probe::LIMIT as PROBE_LIMIT;
use probe::{Entrance, Ground, Plan, Reader};
use session::Session;

/// Visits a server for the facts about it and about the selected tables.
///
/// Total: whatever does not work out becomes a [`Missing`] in the place of the fact.
pub(crate) async fn visit(target: &Target, intent: &Intent) -> (Connection, MySql) {
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
    let end = Instant::now() + target.deadlines.total;
    let mut session = Session::new(conn, &target.deadlines);
    let visit = Visit { target, connection: &connection, intent, end };
    let mut db = visit.read(&mut session).await;
    if target.probing.when == LiveProbe::Always {
        db.sizes = tables::sizes(&mut session, &db).await;
        db.instances = instance::read(&mut session, target, &db).await;
    }
    let refusal = session.refused_login();
    session.leave().await;
    if let Some(refusal) = refusal {
        // MariaDB lets an account with an expired password in, to refuse its every statement.
        connection.login = Fact::Missing(refusal);
        return (connection, nothing(target, &auth()));
    }
    visit.complete(&mut db).await;
    (connection, db)
}

/// What a visit is about.
#[derive(Clone, Copy)]
struct Visit<'a> {
    target: &'a Target,
    connection: &'a Connection,
    intent: &'a Intent,
    end: Instant,
}

impl Visit<'_> {
    async fn read(&self, session: &mut Session) -> MySql {
        let selection = &self.intent.selection;
        let welcome = welcome::read(session, selection).await;
        let identity = welcome.identity.known();
        let plan = Plan::of(self.target.probing.when, &welcome.identity);
        let log = async {
            let variables = variables::read(session, identity).await;
            let position = replication::position(session, identity).await;
            let files = replication::files(session, identity).await;
            (variables, position, files, replication::replicas(session, identity).await)
        };
        let (log, reader) = join(log, Box::pin(self.reader_beside(&plan))).await;
        let (variables, binlog_position, binlog_files, replicas) = log;
        let rest = async {
            let upstream = replication::upstream(session, identity).await;
            let tables = tables::read(session, selection, identity, &welcome.discovered).await;
            let (tables, role_grants) =
                near::read(session, tables, identity, &welcome.grants).await;
            let tables = tables::in_another_case(session, tables, identity).await;
            (upstream, (tables, role_grants))
        };
        let ground = self.ground(&binlog_position, &binlog_files, &replicas, &variables);
        let probe = Box::pin(probe_beside(plan, ground, reader));
        let ((upstream, (tables, role_grants)), probe) = join(rest, probe).await;
        let mut db = MySql {
            host: Text::new(&self.target.host),
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
            probe,
        };
        let seen = activity::read(session, &db).await;
        (db.activity, db.rds_retention) = (seen.activity, seen.rds_retention);
        db
    }

    /// The probe's login, which takes as long as the first statements, where the account may have a
    /// second session for it.
    async fn reader_beside(&self, plan: &Plan) -> Option<Result<Reader, Missing>> {
        match plan {
            Plan::Beside => Some(self.entrance().log_in().await),
            Plan::Afterwards | Plan::Not(_) => None,
        }
    }

    /// What of the probe has to wait for the end of the visit's own session.
    async fn complete(&self, db: &mut MySql) {
        let ground =
            self.ground(&db.binlog_position, &db.binlog_files, &db.replicas, &db.variables);
        let late = match Plan::of(self.target.probing.when, &db.identity) {
            Plan::Afterwards => {
                let reader = self.entrance().log_in().await;
                Some(probe::run(ground, reader).await)
            }
            Plan::Beside | Plan::Not(_) => None,
        };
        let probed = late.as_ref().or(db.probe.known());
        let sample = match probed.filter(|_| self.target.probing.sample_binlog) {
            Some(probe) => Some(probe::sample(ground, probe, &db.tables).await),
            None => None,
        };
        if let Some(late) = late {
            db.probe = Fact::Known(late);
        }
        if let (Some(sample), Fact::Known(probe)) = (sample, &mut db.probe) {
            probe.sample = sample;
        }
    }

    fn entrance(&self) -> Entrance<'_> {
        Entrance { target: self.target, connection: self.connection, end: self.end }
    }

    fn ground<'a>(
        &'a self,
        position: &'a Fact<Option<BinlogPosition>>,
        files: &'a Fact<Vec<BinlogFile>>,
        replicas: &'a Fact<Vec<u32>>,
        variables: &'a Fact<BTreeMap<String, Variable>>,
    ) -> Ground<'a> {
        Ground {
            entrance: self.entrance(),
            position,
            files,
            replicas,
            variables,
            connector: self.intent.profile.server_id,
        }
    }
}

/// The probe, where its login was tried.
async fn probe_beside(
    plan: Plan,
    ground: Ground<'_>,
    reader: Option<Result<Reader, Missing>>,
) -> Fact<Probe> {
    match (plan, reader) {
        (Plan::Not(missing), _) => Fact::Missing(missing),
        (_, Some(reader)) => Fact::Known(probe::run(ground, reader).await),
        // Until the visit's own session has gone.
        (_, None) => Fact::Missing(Missing::NotReached { because: "mysql/account-limit".into() }),
    }
}

/// The reason why something is missing that only a probe without restraint asks for.
fn unprobed(what: &str) -> Missing {
    Missing::NotAsked { what: what.into(), why: "only --probe always asks for it".into() }
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
        tables: Fact::Missing(missing.clone()),
        probe: Fact::Missing(missing),
    }
}

fn root_of(missing: &Missing) -> Option<String> {
    missing.root().map(str::to_owned)
}

fn auth() -> String {
    "connection/auth".to_owned()
}
