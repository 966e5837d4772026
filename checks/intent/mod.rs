//! What the request wants, in terms that the checks can use.

mod connector;
mod consumption;
mod conversion;
mod identity;
mod properties;
mod selection;
mod thresholds;

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::facts::Request;

pub use connector::{
    ConnectorProfile, PublicationCreation, PublicationUse, SkippedOperations, SnapshotLocking,
};
pub use consumption::Consumption;
pub use conversion::{
    BigintUnsignedHandling, BinaryHandling, Conversion, DecimalHandling, HstoreHandling,
    IntervalHandling, TimePrecision,
};
pub use identity::{AutosetIdentity, IdentityAutoset};
pub use properties::{BadSetting, properties};
pub use selection::{Selection, TableName};
pub use thresholds::Thresholds;

/// The protocol that the source speaks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// MySQL, MariaDB and relatives.
    MySql,
    /// PostgreSQL and relatives.
    Postgres,
    /// RabbitMQ and relatives: a message broker, whose queues are read.
    RabbitMq,
}

impl Engine {
    /// The word used in outputs: `mysql`, `postgres` or `rabbitmq`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
            Self::RabbitMq => "rabbitmq",
        }
    }

    /// The port on which the engine listens where nobody said otherwise.
    pub fn default_port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
            Self::RabbitMq => 5672,
        }
    }
}

/// What is wanted of the source: the pure part of the request, after validation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The protocol that the source speaks.
    pub engine: Engine,
    /// The database that CDC reads; in RabbitMQ the virtual host.
    pub database: Text,
    /// The account that CDC uses.
    pub user: Text,
    /// The tables that CDC reads.
    pub selection: Selection,
    /// What happens to rows that exist already.
    pub snapshot: SnapshotMode,
    /// The queues that are read, and how. Databases have none.
    #[serde(default)]
    pub consumption: Consumption,
    /// The way from the service to the database; `None` where the request does not say.
    pub network: Option<NetworkType>,
    /// The connector that will read the changes.
    pub profile: ConnectorProfile,
    /// From which value on a figure is a warning or a failure.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Whether warnings of data that gets lost are failures, at whatever level their check is.
    #[serde(default)]
    pub strict: bool,
}

impl Intent {
    /// What a request wants. Fields that do not hold what they should are read as absent: the
    /// checks of the request say so.
    pub fn of(request: &Request) -> Self {
        let engine = request.operation.engine();
        let text = |name| request.text(name).map(Text::new);
        let (database, user) = match engine {
            Engine::MySql | Engine::Postgres => (text("DatabaseName"), text("User")),
            Engine::RabbitMq => {
                let vhost = request.text("VirtualHostName").filter(|name| !name.is_empty());
                (Some(Text::new(vhost.unwrap_or("/"))), text("Username"))
            }
        };
        Self {
            engine,
            database: database.unwrap_or_default(),
            user: user.unwrap_or_default(),
            consumption: Consumption::of(request),
            selection: Selection::of(request),
            snapshot: match request.text("SnapshotMode") {
                Some("always") => SnapshotMode::Always,
                Some("never") => SnapshotMode::Never,
                _ => SnapshotMode::default(),
            },
            network: match request.text("NetworkType") {
                Some("PrivateNetwork") => Some(NetworkType::Private),
                Some("PublicNetwork") => Some(NetworkType::Public),
                _ => None,
            },
            profile: ConnectorProfile::eventbridge(),
            thresholds: Thresholds::default(),
            strict: false,
        }
    }

    /// Whether rows that exist already are read, for which SELECT is needed.
    pub fn reads_rows(&self) -> bool {
        !matches!(self.snapshot, SnapshotMode::Never | SnapshotMode::NoData)
    }
}

/// What happens to rows that exist when the connector starts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotMode {
    /// They are read at every start.
    Always,
    /// They are read once. What the service does where the request does not say is not published;
    /// this is the mode that asks most of the database among those that run once.
    #[default]
    Initial,
    /// They are read once, and nothing after that.
    InitialOnly,
    /// They are not read. MySQL's connector replays every binary log that is kept instead.
    Never,
    /// They are not read; of MySQL, only the tables' definitions are.
    #[serde(alias = "schema_only")]
    NoData,
    /// They are read again whenever the place to go on from is lost.
    WhenNeeded,
}

/// The way from the service to the database.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum NetworkType {
    /// Through a VPC.
    #[serde(rename = "PrivateNetwork")]
    Private,
    /// Over the internet, where the service insists on encryption.
    #[serde(rename = "PublicNetwork")]
    Public,
}
