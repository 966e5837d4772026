//! The operations of the service, by the names that its documents use.

use std::fmt;

use cdc_checks::facts::request::Operation as CdcOperation;
use cdc_checks::request::fields::nearest;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// An operation of the service.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// Configure MySQL or MariaDB as a source.
    ConfigureMySqlSource,
    /// Configure PostgreSQL as a source.
    ConfigurePostgreSqlSource,
    /// Create a stream: a source, a filter, a sink.
    CreateEventStreaming,
    /// Delete a stream.
    DeleteEventStreaming,
    /// Look into a database (MySQL): databases, tables, columns.
    DiscoverEventSource,
    /// Read a stream.
    GetEventStreaming,
    /// Read all streams, page by page.
    ListEventStreamings,
    /// Stop a stream.
    PauseEventStreaming,
    /// Start a stream.
    StartEventStreaming,
    /// Have the service try a database (MySQL).
    TestEventSourceConfig,
    /// Replace a stream's definition.
    UpdateEventStreaming,
    /// Change how a stream is billed.
    UpdateEventStreamingBusinessOption,
}

impl Operation {
    /// Every operation, in the order of the names.
    pub const ALL: [Self; 12] = [
        Self::ConfigureMySqlSource,
        Self::ConfigurePostgreSqlSource,
        Self::CreateEventStreaming,
        Self::DeleteEventStreaming,
        Self::DiscoverEventSource,
        Self::GetEventStreaming,
        Self::ListEventStreamings,
        Self::PauseEventStreaming,
        Self::StartEventStreaming,
        Self::TestEventSourceConfig,
        Self::UpdateEventStreaming,
        Self::UpdateEventStreamingBusinessOption,
    ];

    /// The name, as the service's paths spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigureMySqlSource => "configureMySQLSource",
            Self::ConfigurePostgreSqlSource => "configurePostgreSQLSource",
            Self::CreateEventStreaming => "createEventStreaming",
            Self::DeleteEventStreaming => "deleteEventStreaming",
            Self::DiscoverEventSource => "discoverEventSource",
            Self::GetEventStreaming => "getEventStreaming",
            Self::ListEventStreamings => "listEventStreamings",
            Self::PauseEventStreaming => "pauseEventStreaming",
            Self::StartEventStreaming => "startEventStreaming",
            Self::TestEventSourceConfig => "testEventSourceConfig",
            Self::UpdateEventStreaming => "updateEventStreaming",
            Self::UpdateEventStreamingBusinessOption => "updateEventStreamingBusinessOption",
        }
    }

    /// The name with a capital, as the service's actions spell it.
    pub fn action(self) -> String {
        let name = self.as_str();
        let (first, rest) = name.split_at(1);
        first.to_ascii_uppercase() + rest
    }

    /// Whether it changes anything.
    pub fn is_write(self) -> bool {
        !matches!(
            self,
            Self::DiscoverEventSource
                | Self::GetEventStreaming
                | Self::ListEventStreamings
                | Self::TestEventSourceConfig
        )
    }

    /// The source whose configuration it is, if that is all it is.
    pub fn source(self) -> Option<CdcOperation> {
        CdcOperation::CONFIGURE.into_iter().find(|source| Self::from(*source) == self)
    }
}

impl From<CdcOperation> for Operation {
    fn from(source: CdcOperation) -> Self {
        match source {
            CdcOperation::ConfigureMySqlSource => Self::ConfigureMySqlSource,
            CdcOperation::ConfigurePostgreSqlSource => Self::ConfigurePostgreSqlSource,
            // Sources that only streams have.
            CdcOperation::RabbitMqSource
            | CdcOperation::OpenSourceRabbitMqSource
            | CdcOperation::RabbitMqMsgSyncSource => Self::CreateEventStreaming,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|operation| operation.as_str() == name);
        found.ok_or_else(|| D::Error::custom("there is no such operation"))
    }
}

/// Names that the documents use for operations of other names, or for none.
const OTHERS: [&str; 2] = ["configureRabbitMQSource", "enableEventStreaming"];

/// The operations whose requests can be read.
const READABLE: [Operation; 4] = [
    Operation::ConfigureMySqlSource,
    Operation::ConfigurePostgreSqlSource,
    Operation::CreateEventStreaming,
    Operation::UpdateEventStreaming,
];

/// The operation of that name whose request can be read.
///
/// # Errors
/// What is wrong with the name, and what to write instead.
pub(super) fn find(name: &str) -> Result<Operation, (String, String)> {
    if let Some(operation) = READABLE.into_iter().find(|it| it.as_str() == name) {
        return Ok(operation);
    }
    let supported = READABLE.map(Operation::as_str);
    let help = format!("Supported are {}.", supported.join(", "));
    if names().any(|other| !supported.contains(&other) && other.eq_ignore_ascii_case(name)) {
        return Err((format!("a manifest cannot hold the operation {name}"), help));
    }
    let help = match nearest(name, names()) {
        Some(near) => format!("Did you mean {near}?"),
        None => help,
    };
    Err((format!("there is no operation {name}"), help))
}

/// Whether a key looks like an operation rather than a field.
pub(super) fn is_operation_name(name: &str) -> bool {
    names().any(|it| it == name)
}

fn names() -> impl Iterator<Item = &'static str> {
    Operation::ALL.into_iter().map(Operation::as_str).chain(OTHERS)
}
