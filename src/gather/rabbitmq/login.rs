//! From an address to a session: TCP, TLS where it is wanted, greeting, login.

use std::sync::Arc;

use amq_protocol::protocol::connection::{Start, StartOk};
use amq_protocol::types::{AMQPValue, FieldTable, LongString};
use cdc_checks::facts::connection::{Reached, Tls, TlsMode};
use cdc_checks::facts::rabbitmq::{Server, Tuning};
use cdc_checks::{Missing, Text};
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::amqp::{Failure, Session};
use super::frame::Duplex;
use crate::gather::Target;
use crate::gather::destinations::bare;
use crate::gather::reach::{self, millis, unreachable};
use crate::gather::tls;

/// The mechanism that every broker has for accounts with passwords.
const PLAIN: &str = "PLAIN";

/// Where the way to a session ended, with what was achieved before.
pub(super) enum Stop {
    /// No TCP connection came about.
    Unreachable(Missing),
    /// Encryption is wanted, and there is none.
    NotEncrypted { reached: Reached, missing: Missing },
    /// The broker did not accept the login.
    NotLoggedIn { reached: Reached, tls: Tls, missing: Missing, server: Option<Server> },
}

/// A session that the broker accepted, before a virtual host is entered.
pub(super) struct Arrival {
    pub(super) session: Session,
    pub(super) reached: Reached,
    pub(super) tls: Tls,
    pub(super) server: Server,
    pub(super) tuning: Tuning,
}

/// Opens a session within the connect deadline.
pub(super) async fn log_in(target: &Target) -> Result<Arrival, Box<Stop>> {
    let deadline = Instant::now() + target.deadlines.connect;
    let way = reach::reach(target, deadline).await.map_err(|it| Box::new(Stop::Unreachable(it)))?;
    let reached = Reached {
        address: way.address.ip().to_string(),
        unreached: way.unreached.iter().map(ToString::to_string).collect(),
    };
    // Small messages must not wait for each other; without it they are only slower.
    let _ = way.stream.set_nodelay(true);
    let (stream, tls) = encrypt(target, way.stream, deadline)
        .await
        .map_err(|missing| Box::new(Stop::NotEncrypted { reached: reached.clone(), missing }))?;
    let left = deadline.saturating_duration_since(Instant::now());
    let mut session = Session::new(stream, left);
    let mut server = None;
    match introduce(target, &mut session, &mut server).await {
        Ok((known, tuning)) => {
            session.allow(target.deadlines.statement);
            Ok(Arrival { session, reached, tls, server: known, tuning })
        }
        Err(missing) => Err(Box::new(Stop::NotLoggedIn { reached, tls, missing, server })),
    }
}

/// Encryption where the address or the mode asks for it. AMQP cannot switch it on later, so that
/// `prefer` leaves the choice to the address.
async fn encrypt(
    target: &Target,
    stream: TcpStream,
    deadline: Instant,
) -> Result<(Box<dyn Duplex>, Tls), Missing> {
    let mode = target.tls.mode;
    let is_wanted = match mode {
        TlsMode::Disable => false,
        TlsMode::Prefer => target.encrypted_port,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => true,
    };
    if !is_wanted {
        let tls = Tls { mode, encrypted: false, refused: None, certificate: None };
        return Ok((Box::new(stream), tls));
    }
    const WHAT: &str = "the TLS handshake";
    let failed = |reason: String| unreachable(WHAT, &reason);
    let (config, shown) =
        tls::client_config(&target.tls).map_err(|error| failed(error.to_string()))?;
    let host = ServerName::try_from(bare(&target.host).to_owned())
        .map_err(|error| failed(error.to_string()))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(host, stream);
    let stream = match timeout_at(deadline, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(failed(tls::describe_io(&error))),
        Err(_) => {
            let after_ms = millis(target.deadlines.connect);
            return Err(Missing::TimedOut { what: WHAT.into(), after_ms });
        }
    };
    let certificate = shown.get().cloned();
    Ok((Box::new(stream), Tls { mode, encrypted: true, refused: None, certificate }))
}

/// Hears what the broker is, and says who we are.
async fn introduce(
    target: &Target,
    session: &mut Session,
    server: &mut Option<Server>,
) -> Result<(Server, Tuning), Missing> {
    let start = session.greet().await.map_err(|failure| failure.missing("the greeting"))?;
    let known = described(&start);
    *server = Some(known.clone());
    if !known.mechanisms.iter().any(|name| name.untrusted() == PLAIN) {
        return Err(unreachable("the login", "the broker takes no user and password (PLAIN)"));
    }
    let tune = session.log_in(reply(target)).await.map_err(|failure| match failure {
        Failure::Network(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            unreachable(
                "the login",
                "the broker closed the connection, as old ones do to refuse it",
            )
        }
        other => other.missing("the login"),
    })?;
    session.tune(&tune).await.map_err(|failure| failure.missing("the login"))?;
    let tuning = Tuning {
        channel_max: tune.channel_max,
        frame_max: tune.frame_max,
        heartbeat_seconds: tune.heartbeat,
    };
    Ok((known, tuning))
}

fn described(start: &Start) -> Server {
    let property = |name: &str| match start.server_properties.inner().get(name) {
        Some(AMQPValue::LongString(text)) => Text::new(words(text)),
        Some(AMQPValue::ShortString(text)) => Text::new(text.as_str()),
        _ => Text::default(),
    };
    let mechanisms = words(&start.mechanisms);
    let mut mechanisms: Vec<&str> = mechanisms.split_whitespace().collect();
    // The broker names them in any order.
    mechanisms.sort_unstable();
    Server {
        product: property("product"),
        version: property("version"),
        cluster: property("cluster_name"),
        mechanisms: mechanisms.into_iter().map(Text::new).collect(),
    }
}

fn words(text: &LongString) -> String {
    String::from_utf8_lossy(text.as_bytes()).into_owned()
}

/// The login. A broker that knows the capability says that it refuses, and does not just hang up.
fn reply(target: &Target) -> StartOk {
    let mut capabilities = FieldTable::default();
    capabilities.insert("authentication_failure_close".into(), AMQPValue::Boolean(true));
    let mut properties = FieldTable::default();
    let text = |text: &str| AMQPValue::LongString(text.into());
    properties.insert("product".into(), text("cdc-preflight"));
    properties.insert("version".into(), text(env!("CARGO_PKG_VERSION")));
    properties.insert("connection_name".into(), text("cdc-preflight"));
    properties.insert("capabilities".into(), AMQPValue::FieldTable(capabilities));
    let response = format!("\0{}\0{}", target.user, target.password.expose_secret());
    StartOk {
        client_properties: properties,
        mechanism: PLAIN.into(),
        response: response.into(),
        locale: "en_US".into(),
    }
}
