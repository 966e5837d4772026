//! The request as the user wrote it, without its secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Engine, Text};

/// A configure-source request: which operation, and what stands in each of its fields.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which source is to be configured.
    pub operation: Operation,
    /// The fields that are present, by the API's names.
    pub fields: BTreeMap<String, Field>,
    /// Made from a URL for a quick look: it can be checked, but is not complete enough to be sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quick_look: bool,
}

/// What stands in a field.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// A whole number.
    Number(i64),
    /// Present and kept secret; `empty` says whether it holds nothing.
    Secret {
        /// Whether the secret is the empty string.
        empty: bool,
    },
    /// A text.
    Text(Text),
    /// Neither a text nor a whole number; the name of what it is, for example `a list`.
    Other(String),
}

/// What can be proven: the operations that configure a source, and the kinds of sources that only
/// streams have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Operation {
    /// Configure MySQL or MariaDB as a source.
    #[serde(rename = "configureMySQLSource")]
    ConfigureMySqlSource,
    /// Configure PostgreSQL as a source.
    #[serde(rename = "configurePostgreSQLSource")]
    ConfigurePostgreSqlSource,
    /// A stream's source: a queue of an instance of ApsaraMQ for RabbitMQ.
    #[serde(rename = "SourceRabbitMQParameters")]
    RabbitMqSource,
    /// A stream's source: a queue of a RabbitMQ of one's own.
    #[serde(rename = "SourceOpenSourceRabbitMQParameters")]
    OpenSourceRabbitMqSource,
    /// A stream's source: queues whose messages are synchronised.
    #[serde(rename = "SourceRabbitMQMsgSyncParameters")]
    RabbitMqMsgSyncSource,
}

impl Operation {
    /// Everything that can be proven.
    pub const ALL: [Self; 5] = [
        Self::ConfigureMySqlSource,
        Self::ConfigurePostgreSqlSource,
        Self::RabbitMqSource,
        Self::OpenSourceRabbitMqSource,
        Self::RabbitMqMsgSyncSource,
    ];

    /// The operations that configure a source by itself.
    pub const CONFIGURE: [Self; 2] = [Self::ConfigureMySqlSource, Self::ConfigurePostgreSqlSource];

    /// The name as the API spells it; of an operation also the last part of the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigureMySqlSource => "configureMySQLSource",
            Self::ConfigurePostgreSqlSource => "configurePostgreSQLSource",
            Self::RabbitMqSource => "SourceRabbitMQParameters",
            Self::OpenSourceRabbitMqSource => "SourceOpenSourceRabbitMQParameters",
            Self::RabbitMqMsgSyncSource => "SourceRabbitMQMsgSyncParameters",
        }
    }

    /// The kind of database that the operation is about.
    pub fn engine(self) -> Engine {
        match self {
            Self::ConfigureMySqlSource => Engine::MySql,
            Self::ConfigurePostgreSqlSource => Engine::Postgres,
            Self::RabbitMqSource | Self::OpenSourceRabbitMqSource | Self::RabbitMqMsgSyncSource => {
                Engine::RabbitMq
            }
        }
    }
}

impl Request {
    /// The text in a field, where it holds one.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name)? {
            Field::Text(text) => Some(text.untrusted()),
            Field::Number(_) | Field::Secret { .. } | Field::Other(_) => None,
        }
    }

    /// Whether a field is present and not empty.
    pub fn has(&self, name: &str) -> bool {
        match self.fields.get(name) {
            None => false,
            Some(Field::Text(text)) => !text.untrusted().trim().is_empty(),
            Some(Field::Secret { empty }) => !empty,
            Some(Field::Number(_) | Field::Other(_)) => true,
        }
    }
}
