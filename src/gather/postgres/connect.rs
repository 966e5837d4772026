//! From a host name to a session: addresses, TCP, TLS by mode, login. Each step has its own root.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cdc_checks::facts::connection::{Reached, Tls, TlsMode};
use cdc_checks::{Missing, Text};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{Client, Config, NoTls};

use super::probe::Route;
use super::refusal;
use crate::gather::Target;
use crate::gather::destinations::bare;
use crate::gather::reach::{millis, reach, unreachable};
use crate::gather::tls::{self, Connector, Handshake, Shown};

/// How long the server may take to accept a cancel request.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);

const NOT_OFFERED: &str = "the server does not offer encryption";

/// Where the way to a session ended, with what was achieved before.
pub(super) enum Stop {
    /// No TCP connection came about.
    Unreachable(Missing),
    /// The mode insists on encryption, and there is none.
    NotEncrypted { reached: Reached, missing: Missing },
    /// The server did not accept the login.
    NotLoggedIn { reached: Reached, tls: Tls, missing: Missing },
}

/// A session that the server accepted.
pub(super) struct Session {
    pub(super) client: Client,
    /// The major version, as announced at login; 0 where it was not understood.
    pub(super) major: u32,
    pub(super) reached: Reached,
    pub(super) tls: Tls,
    address: SocketAddr,
    host: String,
    encryption: Option<Arc<ClientConfig>>,
    driver: JoinHandle<()>,
}

impl Session {
    /// Asks the server to stop the running statement. What becomes of it cannot be known.
    pub(super) async fn cancel(&self) {
        let _ = timeout(CANCEL_LIMIT, self.send_cancel()).await;
    }

    /// The way on which further connections reach the same server.
    pub(super) fn route(&self) -> Route {
        let encryption = self.encryption.clone().filter(|_| self.tls.encrypted);
        Route { address: self.address, host: self.host.clone(), encryption }
    }

    async fn send_cancel(&self) -> Option<()> {
        let token = self.client.cancel_token();
        let stream = TcpStream::connect(self.address).await.ok()?;
        match &self.encryption {
            Some(config) if self.tls.encrypted => {
                let (connector, _) = Connector::new(config, &self.host).ok()?;
                token.cancel_query_raw(stream, connector).await.ok()
            }
            _ => token.cancel_query_raw(stream, NoTls).await.ok(),
        }
    }

    /// Says goodbye, so that the server does not log a broken connection.
    pub(super) async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        let abort = driver.abort_handle();
        if timeout(CANCEL_LIMIT, driver).await.is_err() {
            abort.abort();
        }
    }
}

/// Opens a session within the connect deadline.
pub(super) async fn open(target: &Target) -> Result<Session, Box<Stop>> {
    let limit = target.deadlines.connect;
    let deadline = Instant::now() + limit;
    let reached =
        reach(target, deadline).await.map_err(|missing| Box::new(Stop::Unreachable(missing)))?;
    let unreached = reached.unreached.iter().map(ToString::to_string).collect();
    let way = Way { target, address: reached.address, unreached, deadline };
    way.log_in(reached.stream).await
}

/// The way to a session on a server that was reached.
struct Way<'a> {
    target: &'a Target,
    address: SocketAddr,
    unreached: Vec<String>,
    deadline: Instant,
}

/// One connection's side of TLS, and where what comes of it will be.
struct Prepared {
    config: Arc<ClientConfig>,
    shown: Shown,
    connector: Connector<TcpStream>,
    handshake: Handshake,
}

/// What came of one attempt to log in.
enum Attempt {
    Accepted(Accepted),
    /// The driver gave up.
    Broken(Missing),
    /// The connection was cut.
    Cut(Missing),
    Late,
    /// The server's own refusal.
    Refused(Missing, SqlState),
}

struct Accepted {
    client: Client,
    driver: JoinHandle<()>,
    major: u32,
}

impl Way<'_> {
    async fn log_in(&self, stream: TcpStream) -> Result<Session, Box<Stop>> {
        match self.target.tls.mode {
            TlsMode::Disable => {
                let attempt = self.attempt(stream, SslMode::Disable, NoTls).await;
                self.settle(attempt, self.plain(None), None)
            }
            TlsMode::Prefer => self.prefer_encryption(stream).await,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => {
                self.insist_on_encryption(stream).await
            }
        }
    }

    async fn insist_on_encryption(&self, stream: TcpStream) -> Result<Session, Box<Stop>> {
        let Prepared { config, shown, connector, handshake } = self.prepare()?;
        let attempt = self.attempt(stream, SslMode::Require, connector).await;
        match handshake.get() {
            Some(Ok(())) => self.settle(attempt, self.encrypted(&shown), Some(config)),
            Some(Err(reason)) => Err(self.not_encrypted(reason)),
            None => {
                Err(self.cut_short(&attempt).unwrap_or_else(|| self.not_encrypted(NOT_OFFERED)))
            }
        }
    }

    /// Encrypts where the server can and accepts it, and otherwise says why not.
    async fn prefer_encryption(&self, stream: TcpStream) -> Result<Session, Box<Stop>> {
        let Prepared { config, shown, connector, handshake } = self.prepare()?;
        let attempt = self.attempt(stream, SslMode::Prefer, connector).await;
        match (handshake.get(), attempt) {
            (None, attempt) => match self.cut_short(&attempt) {
                Some(stop) => Err(stop),
                None => self.settle(attempt, self.plain(Some(NOT_OFFERED)), None),
            },
            (Some(Err(reason)), _) => {
                let plain = self.attempt_in_plain().await;
                self.settle(plain, self.plain(Some(reason)), None)
            }
            // An entry of pg_hba.conf may admit the account without encryption only.
            (Some(Ok(())), Attempt::Refused(missing, code))
                if code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION =>
            {
                match self.attempt_in_plain().await {
                    // Neither way is open: the encrypted attempt was told the better reason.
                    Attempt::Refused(..) => {
                        self.settle(Attempt::Refused(missing, code), self.encrypted(&shown), None)
                    }
                    plain => {
                        let reason = missing.sentence();
                        self.settle(plain, self.plain(Some(reason.untrusted())), None)
                    }
                }
            }
            (Some(Ok(())), attempt) => self.settle(attempt, self.encrypted(&shown), Some(config)),
        }
    }

    async fn attempt_in_plain(&self) -> Attempt {
        match timeout_at(self.deadline, TcpStream::connect(self.address)).await {
            Ok(Ok(stream)) => self.attempt(stream, SslMode::Disable, NoTls).await,
            Ok(Err(error)) => Attempt::Cut(unreachable("the login", &error.to_string())),
            Err(_) => Attempt::Late,
        }
    }

    /// Where an attempt was cut short before the server said whether it can encrypt.
    fn cut_short(&self, attempt: &Attempt) -> Option<Box<Stop>> {
        let missing = match attempt {
            Attempt::Late => self.late("the TLS handshake"),
            Attempt::Cut(Missing::Refused { detail, .. }) => {
                unreachable("the request for encryption", detail.untrusted())
            }
            _ => return None,
        };
        Some(Box::new(Stop::NotEncrypted { reached: self.reached(), missing }))
    }

    fn prepare(&self) -> Result<Prepared, Box<Stop>> {
        let (config, shown) = tls::client_config(&self.target.tls)
            .map_err(|error| self.not_encrypted(&error.to_string()))?;
        let (connector, handshake) = Connector::new(&config, bare(&self.target.host))
            .map_err(|error| self.not_encrypted(&error.to_string()))?;
        Ok(Prepared { config: Arc::new(config), shown, connector, handshake })
    }

    async fn attempt<T>(&self, stream: TcpStream, mode: SslMode, tls: T) -> Attempt
    where
        T: TlsConnect<TcpStream>,
        T::Stream: Send + 'static,
    {
        // Small messages must not wait for each other; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let config = self.config(mode);
        match timeout_at(self.deadline, Box::pin(config.connect_raw(stream, tls))).await {
            Err(_) => Attempt::Late,
            Ok(Ok((client, connection))) => {
                let major = major(connection.parameter("server_version"));
                // The driver's errors come back through the statements that they end.
                let driver = tokio::spawn(async move {
                    let _ = connection.await;
                });
                Attempt::Accepted(Accepted { client, driver, major })
            }
            Ok(Err(error)) => failed(&error),
        }
    }

    fn config(&self, mode: SslMode) -> Config {
        let mut config = Config::new();
        config
            .user(&self.target.user)
            .password(self.target.password.expose_secret())
            .dbname(&self.target.database)
            .application_name("cdc-preflight")
            .ssl_mode(mode);
        config
    }

    fn settle(
        &self,
        attempt: Attempt,
        tls: Tls,
        encryption: Option<Arc<ClientConfig>>,
    ) -> Result<Session, Box<Stop>> {
        let missing = match attempt {
            Attempt::Accepted(Accepted { client, driver, major }) => {
                return Ok(Session {
                    client,
                    major,
                    reached: self.reached(),
                    tls,
                    address: self.address,
                    host: bare(&self.target.host).to_owned(),
                    encryption,
                    driver,
                });
            }
            Attempt::Late => self.late("the login"),
            Attempt::Broken(missing) | Attempt::Cut(missing) | Attempt::Refused(missing, _) => {
                missing
            }
        };
        Err(Box::new(Stop::NotLoggedIn { reached: self.reached(), tls, missing }))
    }

    fn reached(&self) -> Reached {
        Reached { address: self.address.ip().to_string(), unreached: self.unreached.clone() }
    }

    fn plain(&self, refused: Option<&str>) -> Tls {
        let (mode, refused) = (self.target.tls.mode, refused.map(Text::new));
        Tls { mode, encrypted: false, refused, certificate: None }
    }

    fn encrypted(&self, shown: &Shown) -> Tls {
        let (mode, certificate) = (self.target.tls.mode, shown.get().cloned());
        Tls { mode, encrypted: true, refused: None, certificate }
    }

    fn late(&self, what: &str) -> Missing {
        let after_ms = millis(self.target.deadlines.connect);
        Missing::TimedOut { what: what.into(), after_ms }
    }

    fn not_encrypted(&self, detail: &str) -> Box<Stop> {
        let missing = unreachable("the TLS handshake", detail);
        Box::new(Stop::NotEncrypted { reached: self.reached(), missing })
    }
}

fn failed(error: &tokio_postgres::Error) -> Attempt {
    if let Some(refused) = error.as_db_error() {
        let missing = refusal::of_server("the login", refused);
        return Attempt::Refused(missing, refused.code().clone());
    }
    let missing = refusal::of_driver("the login", error);
    let by_network = error.source().is_some_and(|source| source.is::<io::Error>());
    if by_network { Attempt::Cut(missing) } else { Attempt::Broken(missing) }
}

/// The major version in what the server announces, for example 17 in `17.10 (Debian 17.10-1)`.
fn major(version: Option<&str>) -> u32 {
    let version = version.unwrap_or_default();
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_every_form() {
        let forms = ["17.10 (Debian 17.10-1)", "13.23", "19beta2", "18"];
        assert_eq!(forms.map(|form| major(Some(form))), [17, 13, 19, 18]);
        assert_eq!((major(None), major(Some("oracle"))), (0, 0));
    }
}
