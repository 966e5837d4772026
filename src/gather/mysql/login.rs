//! From a host name to a session: resolves, connects, encrypts and logs in, and says how far it
//! came.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use cdc_checks::facts::Connection;
use cdc_checks::facts::connection::{CertificateFault, Login, Reached, Tls, TlsMode, not_refused};
use cdc_checks::{Fact, Missing, Text};
use mysql_async::{Conn, DriverError, Error, IoError, OptsBuilder, SslOpts};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::session::millis;
use super::tls;
use crate::gather::Target;

/// Larger than any answer; given so that the library does not ask the server for its own limit.
const MAX_PACKET: usize = 64 << 20;
/// Longer than any visit, in seconds; given so that the library does not ask.
const WAIT_TIMEOUT: usize = 3600;
/// For finding out, after the time is up, whether the port answers at all.
const PROBE: Duration = Duration::from_secs(2);

/// How far it came.
pub(super) struct Reception {
    pub(super) reached: Fact<Reached>,
    pub(super) tls: Fact<Tls>,
    pub(super) login: Fact<Login>,
    pub(super) login_with_tls: Fact<bool>,
    pub(super) certificate_fault: Option<CertificateFault>,
    pub(super) conn: Option<Conn>,
}

/// What ended an attempt.
enum Stop {
    /// The client library gave up in a way that is its own fault.
    Crashed,
    /// The server, or the library on its behalf, refused the login; `early` where nothing is known
    /// about encryption by then.
    Login { missing: Missing, early: bool },
    /// There is no TCP connection.
    Tcp(Missing),
    /// There is no encrypted session.
    Tls(tls::Failure),
    /// The time was up.
    TimedOut,
}

/// Logs in under the target's TLS mode.
///
/// The library makes the only TCP connection: one of our own, closed before the handshake is over,
/// would count as an error of this host, and a server blocks a host after
/// `max_connect_errors` of them.
pub(super) async fn log_in(target: &Target) -> Reception {
    let options = match tls::options(&target.tls) {
        Ok(options) => options,
        Err(missing) => return no_encryption(blocked("connection/tls"), missing),
    };
    let end = Instant::now() + target.deadlines.connect;
    let addresses = match resolve(target, end).await {
        Ok(addresses) => addresses,
        Err(missing) => return unreached(missing),
    };
    let mut last = unreached(refused(resolving(target), "no address", None));
    for (index, address) in addresses.iter().enumerate() {
        // A silent address must not use up the time of those that follow.
        let share = end.saturating_duration_since(Instant::now())
            / u32::try_from(addresses.len() - index).unwrap_or(1);
        last = at(target, *address, options.clone(), share).await;
        if last.reached.known().is_some() {
            return last;
        }
    }
    last
}

/// Logs in once more, at the address and under the encryption that the visit has found.
///
/// # Errors
/// Why that did not come about within the limit.
pub(super) async fn again(
    target: &Target,
    connection: &Connection,
    limit: Duration,
) -> Result<Conn, Missing> {
    let address = connection.reached.get()?.address.clone();
    let address = address.parse().map_err(|_| Missing::Malformed {
        what: "the server's address".into(),
        detail: address.into(),
    })?;
    let options = match connection.tls.get()?.encrypted {
        true => tls::options(&target.tls)?,
        false => None,
    };
    attempt(target, address, options, Instant::now() + limit).await.map_err(|stop| match stop {
        Stop::Crashed => crashed(),
        Stop::Login { missing, .. } | Stop::Tcp(missing) => missing,
        Stop::TimedOut => timed_out(LOGIN, limit),
        Stop::Tls(failure) => refused("the TLS handshake".into(), failure.why.untrusted(), None),
    })
}

async fn resolve(target: &Target, end: Instant) -> Result<Vec<IpAddr>, Missing> {
    let what = resolving(target);
    let lookup = target.destinations.addresses(&target.host, target.port);
    let found = timeout_at(end, lookup).await;
    let found = found.map_err(|_| timed_out(&what, target.deadlines.connect))?;
    let found = found.map_err(|none| none.missing(&what))?;
    Ok(found.iter().map(SocketAddr::ip).collect())
}

fn resolving(target: &Target) -> String {
    format!("resolving the host name {}", target.host)
}

/// Logs in at one address; under [`TlsMode::Prefer`] without encryption where there is none.
async fn at(
    target: &Target,
    address: IpAddr,
    options: Option<SslOpts>,
    limit: Duration,
) -> Reception {
    let end = Instant::now() + limit;
    let encrypted = options.is_some();
    match attempt(target, address, options, end).await {
        Err(Stop::Tls(failure)) if target.tls.mode == TlsMode::Prefer => {
            let plain = attempt(target, address, None, end).await;
            let tls = tls_fact(target, false, Some(failure.why));
            reception(target, address, plain, tls, limit).await
        }
        outcome => {
            let login_with_tls = match &outcome {
                Err(stop) if !encrypted && stop.may_want_encryption() => {
                    Fact::Known(lets_in_encrypted(target, address, end).await)
                }
                _ => not_refused(),
            };
            let tls = tls_fact(target, encrypted, None);
            let reception = reception(target, address, outcome, tls, limit).await;
            Reception { login_with_tls, ..reception }
        }
    }
}

impl Stop {
    /// Some servers say that they insist on encryption (3159), others refuse the password (1045).
    fn may_want_encryption(&self) -> bool {
        let Self::Login { missing: Missing::Refused { code: Some(code), .. }, .. } = self else {
            return false;
        };
        matches!(code.as_str(), "1045" | "3159")
    }
}

/// Whether the login that was refused without encryption succeeds with it.
async fn lets_in_encrypted(target: &Target, address: IpAddr, end: Instant) -> bool {
    let anyone = SslOpts::default().with_danger_accept_invalid_certs(true);
    match attempt(target, address, Some(anyone), end).await {
        Ok(conn) => {
            // It has told what it was for; a failure to part changes nothing.
            let _ = timeout_at(end, conn.disconnect()).await;
            true
        }
        Err(_) => false,
    }
}

fn tls_fact(target: &Target, encrypted: bool, refused: Option<Text>) -> Tls {
    Tls { mode: target.tls.mode, encrypted, refused, certificate: None }
}

async fn attempt(
    target: &Target,
    address: IpAddr,
    options: Option<SslOpts>,
    end: Instant,
) -> Result<Conn, Stop> {
    let options = OptsBuilder::default()
        .ip_or_hostname(&target.host)
        .resolved_ips(Some(vec![address]))
        .tcp_port(target.port)
        .user(Some(&target.user))
        .pass(Some(target.password.expose_secret()))
        .ssl_opts(options)
        // Otherwise a login on loopback is followed by one through the server's socket.
        .prefer_socket(false)
        .max_allowed_packet(Some(MAX_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT));
    // In a task of its own: the library panics on authentication methods it was built without.
    let task = tokio::spawn(Conn::new(options));
    let abort = task.abort_handle();
    match timeout_at(end, task).await {
        Ok(Ok(Ok(conn))) => Ok(conn),
        Ok(Ok(Err(error))) => Err(stop(target, error)),
        Ok(Err(_)) => Err(Stop::Crashed),
        Err(_) => {
            abort.abort();
            Err(Stop::TimedOut)
        }
    }
}

fn stop(target: &Target, error: Error) -> Stop {
    if let Some(why) = tls::failure(&error) {
        return Stop::Tls(why);
    }
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            Stop::Tls(tls::Failure::of("the server offers no encryption"))
        }
        Error::Driver(DriverError::UnknownAuthPlugin { name }) => login(unknown_plugin(&name)),
        Error::Io(IoError::Io(error)) if is_tcp(error.kind()) => {
            let what = format!("connecting to port {}", target.port);
            Stop::Tcp(refused(what, &error.to_string(), None))
        }
        Error::Server(error) => Stop::Login {
            missing: refused(LOGIN.into(), &error.message, Some(error.code)),
            early: matches!(error.code, 1040 | 1129 | 1130),
        },
        Error::Io(IoError::Io(error)) => Stop::Login {
            missing: refused(LOGIN.into(), &format!("{NO_PROTOCOL}: {error}"), None),
            early: true,
        },
        other => login(refused(LOGIN.into(), &other.to_string(), None)),
    }
}

const LOGIN: &str = "the login";
/// The number that MySQL's own clients give to a method that they do not have.
const NO_SUCH_PLUGIN: u16 = 2059;
const NO_PROTOCOL: &str = "the connection broke, or what answers is not MySQL";

fn login(missing: Missing) -> Stop {
    Stop::Login { missing, early: false }
}

/// MySQL answers an account that does not exist with a method chosen by the name, so that nobody
/// can tell; a method that nobody speaks is most often such an answer.
fn unknown_plugin(name: &str) -> Missing {
    let detail = format!(
        "the server asks for the authentication method {name}, which is not supported; \
         MySQL also answers so when there is no such account for this host"
    );
    refused(LOGIN.into(), &detail, Some(NO_SUCH_PLUGIN))
}

fn is_tcp(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AddrNotAvailable
            | ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::InvalidInput
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::PermissionDenied
            | ErrorKind::TimedOut
    )
}

async fn reception(
    target: &Target,
    address: IpAddr,
    outcome: Result<Conn, Stop>,
    tls: Tls,
    limit: Duration,
) -> Reception {
    let reached = Fact::Known(Reached { address: address.to_string(), unreached: Vec::new() });
    let tls = Fact::Known(tls);
    let auth = || blocked("connection/auth");
    let (login, tls) = match outcome {
        Ok(conn) => {
            let login = Fact::Known(Login { user: Text::new(&target.user) });
            return Reception { conn: Some(conn), ..Reception::without(reached, tls, login) };
        }
        Err(Stop::Tcp(missing)) => return unreached(missing),
        Err(Stop::Tls(tls::Failure { why, fault })) => {
            let missing = refused("the TLS handshake".into(), why.untrusted(), None);
            let reception = no_encryption(reached, missing);
            return Reception { certificate_fault: fault, ..reception };
        }
        Err(Stop::Crashed) => (crashed(), tls),
        Err(Stop::Login { missing, early: true }) => (missing, auth()),
        Err(Stop::Login { missing, early: false }) => (missing, tls),
        Err(Stop::TimedOut) if answers(target, address).await => (timed_out(LOGIN, limit), auth()),
        Err(Stop::TimedOut) => return unreached(timed_out("connecting", limit)),
    };
    Reception::without(reached, tls, Fact::Missing(login))
}

impl Reception {
    /// One that led to no session.
    fn without(reached: Fact<Reached>, tls: Fact<Tls>, login: Fact<Login>) -> Self {
        let login_with_tls = not_refused();
        Self { reached, tls, login, login_with_tls, certificate_fault: None, conn: None }
    }
}

/// Whether the port takes a connection; asked only after the time was up, to tell a silent network
/// from a silent server.
async fn answers(target: &Target, address: IpAddr) -> bool {
    matches!(timeout(PROBE, TcpStream::connect((address, target.port))).await, Ok(Ok(_)))
}

fn unreached(missing: Missing) -> Reception {
    let root = "connection/reachable";
    Reception::without(Fact::Missing(missing), blocked(root), blocked(root))
}

fn no_encryption(reached: Fact<Reached>, missing: Missing) -> Reception {
    Reception::without(reached, Fact::Missing(missing), blocked("connection/tls"))
}

fn blocked<T>(because: &str) -> Fact<T> {
    Fact::Missing(Missing::NotReached { because: because.to_owned() })
}

fn crashed() -> Missing {
    refused(
        LOGIN.into(),
        "the client library cannot speak the server's authentication method",
        Some(NO_SUCH_PLUGIN),
    )
}

fn refused(what: String, detail: &str, code: Option<u16>) -> Missing {
    let code = code.map(|code| code.to_string());
    Missing::Refused { what: what.into(), detail: detail.into(), code }
}

fn timed_out(what: &str, after: Duration) -> Missing {
    Missing::TimedOut { what: what.into(), after_ms: millis(after) }
}
