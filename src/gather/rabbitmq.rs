//! A visit to RabbitMQ: one connection of AMQP 0-9-1, and beside it the management API where it
//! answers.
//!
//! Nothing is declared, consumed or published. A queue is asked for by a passive declaration, which
//! creates none; whether the account may consume is tried with a request that the broker has to
//! refuse (see [`queues`]). The visit is bounded in time and never fails: what could not be had is
//! a typed [`Missing`].

mod address;
mod amqp;
mod frame;
mod login;
mod management;
mod names;
mod queues;

use cdc_checks::facts::connection::{Login, Reached, Tls, not_refused};
use cdc_checks::facts::rabbitmq::Entered;
use cdc_checks::facts::{self, Fact, RabbitMq};
use cdc_checks::{Intent, Missing, Text};
use tokio::time::{Instant, timeout_at};

use self::amqp::Session;
use self::login::{Arrival, Stop};
use self::management::Management;
use super::Target;
use super::reach::millis;

/// Visits a broker: how far the connection came, and what it said.
pub(super) async fn visit(target: &Target, want: &Intent) -> (facts::Connection, RabbitMq) {
    let vhost = want.database.clone();
    if target.host.is_empty() {
        return nowhere(target, vhost);
    }
    let end = Instant::now() + target.deadlines.total;
    let arrival = match Box::pin(login::log_in(target)).await {
        Ok(arrival) => arrival,
        Err(stop) => return stopped(target, vhost, *stop),
    };
    let Arrival { session, reached, tls, server, tuning } = arrival;
    let login = Login { user: Text::new(&target.user) };
    let encrypted = tls.encrypted;
    let connection = connection(target, Ok(reached), Ok(tls), Ok(login));
    let management = Management::of(target, encrypted).await;
    let visit = Visit { target, want, management: &management, end };
    let mut broker = RabbitMq::unreached(vhost, &late(target));
    (broker.server, broker.tuning) = (Fact::Known(server), Fact::Known(tuning));
    // Whatever was read when the time is over stays.
    let _ = timeout_at(end, Box::pin(visit.read(session, &mut broker))).await;
    (connection, broker)
}

/// What a visit is for.
struct Visit<'a> {
    target: &'a Target,
    want: &'a Intent,
    management: &'a Management,
    end: Instant,
}

impl Visit<'_> {
    /// Reads what there is to read. Whatever is not reached in time stays as it was.
    async fn read(&self, mut session: Session, broker: &mut RabbitMq) {
        let vhost = self.want.database.untrusted();
        let entered = session.open_vhost(vhost).await.map(|()| Entered {});
        broker.entered = entered.map_err(|failure| failure.missing("the virtual host")).into();
        let may_enter = broker.entered.known().is_some();
        self.management.read(vhost, &self.target.user, broker).await;
        if !may_enter {
            let because = || Missing::NotReached { because: "rabbitmq/vhost".into() };
            broker.queues = Fact::Missing(because());
            return;
        }
        let names = names::wanted(self.want, self.management, broker.management.known()).await;
        broker.queues = match names {
            Ok(names) => Fact::Known(queues::unread(&names, &late(self.target))),
            Err(missing) => Fact::Missing(missing),
        };
        self.read_queues(&mut session, broker).await;
        session.close().await;
    }

    async fn read_queues(&self, session: &mut Session, broker: &mut RabbitMq) {
        let asker = queues::Asker {
            probing: self.target.probing.when,
            product: broker.server.known().map(|server| server.product.clone()),
            permissions: broker.permissions.known().cloned(),
            end: self.end,
        };
        let vhost = self.want.database.untrusted();
        let Fact::Known(found) = &mut broker.queues else { return };
        for queue in found.iter_mut() {
            asker.ask(session, queue).await;
            queue.details = match broker.management.get() {
                Ok(_) => self.management.queue(vhost, queue.name.untrusted()).await.into(),
                Err(missing) => Fact::Missing(missing),
            };
        }
        if broker.management.known().is_some() && found.iter().any(queues::is_absent) {
            broker.near_names = names::near(found, self.management, vhost).await;
        }
    }
}

fn late(target: &Target) -> Missing {
    Missing::TimedOut { what: "the visit".into(), after_ms: millis(target.deadlines.total) }
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

/// The facts of a broker whose address nobody has said.
fn nowhere(target: &Target, vhost: Text) -> (facts::Connection, RabbitMq) {
    let root = Missing::NotReached { because: "rabbitmq/address".into() };
    let none = || root.clone();
    let connection = connection(target, Err(none()), Err(none()), Err(none()));
    (connection, RabbitMq::unreached(vhost, &root))
}

/// The facts of a visit that ended before the virtual host: one root, and its consequences.
fn stopped(target: &Target, vhost: Text, stop: Stop) -> (facts::Connection, RabbitMq) {
    let because = |id: &str| Missing::NotReached { because: id.into() };
    let (root, server, connection) = match stop {
        Stop::Unreachable(missing) => {
            let root = because("connection/reachable");
            let connection = connection(target, Err(missing), Err(root.clone()), Err(root.clone()));
            (root, None, connection)
        }
        Stop::NotEncrypted { reached, missing } => {
            let root = because("connection/tls");
            let connection = connection(target, Ok(reached), Err(missing), Err(root.clone()));
            (root, None, connection)
        }
        Stop::NotLoggedIn { reached, tls, missing, server } => {
            let root = because("connection/auth");
            (root, server, connection(target, Ok(reached), Ok(tls), Err(missing)))
        }
    };
    let mut broker = RabbitMq::unreached(vhost, &root);
    if let Some(server) = server {
        broker.server = Fact::Known(server);
    }
    (connection, broker)
}
