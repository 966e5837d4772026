//! The only database I/O: a few read-only round trips that turn a server into facts.

mod mysql;
mod postgres;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use cdc_checks::facts::connection::TlsMode;
use secrecy::SecretString;

/// Where to connect, as whom, and under which limits.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The database to connect to; MySQL is visited without one.
    pub database: String,
    /// Encryption and verification.
    pub tls: TlsOptions,
    /// Time limits.
    pub deadlines: Deadlines,
}

/// Encryption and verification.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// How much is asked for.
    pub mode: TlsMode,
    /// A file of certificates (PEM) to trust instead of the built-in roots.
    pub ca_file: Option<PathBuf>,
    /// A client certificate and its key (PEM).
    pub identity: Option<ClientIdentity>,
}

/// A client certificate and its key.
#[derive(Clone, Debug)]
pub struct ClientIdentity {
    /// File of the certificate chain (PEM).
    pub certificate_file: PathBuf,
    /// File of the private key (PEM).
    pub key_file: PathBuf,
}

/// Time limits of a visit.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For name resolution, TCP, TLS and login together.
    pub connect: Duration,
    /// For one statement, enforced by the server.
    pub statement: Duration,
    /// For the whole visit.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            statement: Duration::from_secs(15),
            total: Duration::from_secs(60),
        }
    }
}
