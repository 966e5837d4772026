//! The only I/O with sources: a few read-only round trips that turn a server into facts.

mod destinations;
mod farewells;
mod mysql;
mod postgres;
mod rabbitmq;
mod reach;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use cdc_checks::facts::connection::TlsMode;
use cdc_checks::facts::{FORMAT_VERSION, Source};
use cdc_checks::{Engine, Facts, Intent};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::request::{ManagementApi, Request};

pub use destinations::{
    AllowedTarget, Destinations, NoAddress, NotATarget, Resolve, SystemResolver,
};

/// Visits the database of a request for what is wanted of it. It is total: what could not be read
/// is in the facts as the reason why.
pub async fn gather(
    request: &Request,
    intent: &Intent,
    tls: &TlsOptions,
    deadlines: Deadlines,
    probing: impl Into<Probing>,
) -> Facts {
    gather_within(&Destinations::anywhere(), request, intent, tls, deadlines, probing).await
}

/// As [`gather`], but that every connection leads where it is allowed.
pub async fn gather_within(
    destinations: &Destinations,
    request: &Request,
    intent: &Intent,
    tls: &TlsOptions,
    deadlines: Deadlines,
    probing: impl Into<Probing>,
) -> Facts {
    let target = Target {
        destinations: destinations.clone(),
        ..Target::of(request, tls, deadlines, probing.into())
    };
    let (connection, source) = match intent.engine {
        Engine::MySql => {
            let (connection, db) = mysql::visit(&target, intent).await;
            (connection, Source::MySql(Box::new(db)))
        }
        Engine::Postgres => {
            let (connection, db) = postgres::visit(&target, intent).await;
            (connection, Source::Postgres(Box::new(db)))
        }
        Engine::RabbitMq => {
            let (connection, broker) = rabbitmq::visit(&target, intent).await;
            (connection, Source::RabbitMq(Box::new(broker)))
        }
    };
    Facts { format_version: FORMAT_VERSION, request: request.facts(), connection, source }
}

/// Waits until visits that were dropped midway have left nothing behind, for some seconds at most.
///
/// A dropped visit goes on in the background until the server has taken back what the live probe
/// began. A program that ends after dropping one waits here first.
pub async fn settled() {
    farewells::all_said(postgres::FAREWELL_LIMIT.max(mysql::PROBE_LIMIT)).await;
}

/// When a visit also tries what only a trial proves: a connection that streams changes, with all
/// that it takes.
///
/// Whenever it is left out, the facts say why.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    PartialEq,
    Serialize,
    clap::ValueEnum,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum LiveProbe {
    /// Also where it has side effects, or is expected to fail
    Always,
    /// Only where it disturbs nobody, and what it takes is known to be there
    #[default]
    Safe,
    /// Only read
    Never,
}

/// What a visit does beside reading.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Probing {
    /// When it probes.
    pub when: LiveProbe,
    /// Whether a probe of MySQL also reads what the last events of the binary log are: at most for
    /// two seconds and about 8 MiB. Names and kinds are kept, values are not.
    pub sample_binlog: bool,
}

impl From<LiveProbe> for Probing {
    /// Without a sample.
    fn from(when: LiveProbe) -> Self {
        Self { when, sample_binlog: false }
    }
}

/// Where to connect, as whom, and under which limits.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Host name or address.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// Where connections may be made to.
    pub(crate) destinations: Destinations,
    /// The account.
    pub(crate) user: String,
    /// Its password.
    pub(crate) password: SecretString,
    /// The database to connect to; MySQL is visited without one.
    pub(crate) database: String,
    /// Whether the address says that a broker is reached with TLS.
    pub(crate) encrypted_port: bool,
    /// Where the management API of a broker is.
    pub(crate) management: ManagementApi,
    /// Encryption and verification.
    pub(crate) tls: TlsOptions,
    /// Time limits.
    pub(crate) deadlines: Deadlines,
    /// What to do beside reading.
    pub(crate) probing: Probing,
}

impl Target {
    fn of(request: &Request, tls: &TlsOptions, deadlines: Deadlines, probing: Probing) -> Self {
        Self {
            host: request.host().into(),
            port: request.port(),
            destinations: Destinations::anywhere(),
            user: request.user().into(),
            password: request.password().clone(),
            database: request.database().into(),
            encrypted_port: request.is_encrypted_port(),
            management: request.connect_options().management.clone(),
            tls: tls.clone(),
            deadlines,
            probing,
        }
    }
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

impl Default for TlsOptions {
    /// Encrypts where the server offers it; the checks say where that is not enough.
    fn default() -> Self {
        Self { mode: TlsMode::Prefer, ca_file: None, identity: None }
    }
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
