//! What a RabbitMQ broker says of itself, of a virtual host and of its queues.
//!
//! The broker's own protocol (AMQP 0-9-1) proves what a consumer needs. The management API knows
//! more, where it can be reached and shows it to the account; what it would have told is missing
//! otherwise, and no check closes the gate for that alone.

mod queue;

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::{Flavour, Missing, Text};

pub use queue::{Declared, Origin, Queue, QueueDetails, Reading, Setting};

/// What was read from a RabbitMQ broker.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RabbitMq {
    /// The virtual host that is wanted.
    pub vhost: Text,
    /// What the broker said of itself before the login.
    pub server: Fact<Server>,
    /// What the broker proposed for the connection, after the login.
    pub tuning: Fact<Tuning>,
    /// Whether the account was let into the virtual host.
    pub entered: Fact<Entered>,
    /// The queues that are wanted, in the order of the request, or all that the management API
    /// shows where the request names none.
    pub queues: Fact<Vec<Queue>>,
    /// Names of queues that are near to missing ones.
    #[serde(default)]
    pub near_names: Vec<Text>,
    /// What the management API says of itself and of the account.
    pub management: Fact<Management>,
    /// What the account may do in the virtual host. Only administrators may read it.
    pub permissions: Fact<Permissions>,
    /// How many connections the virtual host and the account may have.
    pub limits: Fact<Limits>,
    /// The resources whose alarm blocks publishers, for example `memory`; empty where none does.
    pub alarms: Fact<Vec<Text>>,
}

/// What the broker said of itself before the login.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The product, `RabbitMQ`.
    pub product: Text,
    /// Its version, for example `4.0.5`.
    pub version: Text,
    /// The cluster's name, by default that of its first node.
    pub cluster: Text,
    /// How accounts may prove who they are, for example `PLAIN`.
    pub mechanisms: Vec<Text>,
}

/// What the broker proposed for the connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// How many channels a connection may have; 0 for no limit.
    pub channel_max: u16,
    /// The largest frame, in bytes; 0 for no limit.
    pub frame_max: u32,
    /// Seconds after which a silent peer counts as gone; 0 for never.
    pub heartbeat_seconds: u16,
}

/// The account was let into the virtual host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {}

/// What the management API says of itself and of the account.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// Its address, for example `http://mq.example.com:15672`.
    pub address: Text,
    /// The account's tags, for example `monitoring`.
    pub tags: Vec<Text>,
}

/// What an account may do in a virtual host: regular expressions of the names of queues and
/// exchanges. The empty one matches nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// What it may declare and delete.
    pub configure: Text,
    /// What it may publish to.
    pub write: Text,
    /// What it may consume from.
    pub read: Text,
}

/// How many connections the virtual host and the account may have.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections of the virtual host; `None` for no limit.
    pub vhost_connections: Option<i64>,
    /// Connections of the account; `None` for no limit.
    pub user_connections: Option<i64>,
    /// Channels of the account; `None` for no limit.
    pub user_channels: Option<i64>,
}

/// The platforms whose host names give them away.
const BY_SUFFIX: [(&str, Flavour); 3] = [
    (".aliyuncs.com", Flavour::ApsaraMq),
    (".amazonaws.com", Flavour::AmazonMq),
    (".on.aws", Flavour::AmazonMq),
];

impl RabbitMq {
    /// The facts of a broker that was not entered, because of `missing`.
    pub fn unreached(vhost: Text, missing: &Missing) -> Self {
        Self {
            vhost,
            server: Fact::Missing(missing.clone()),
            tuning: Fact::Missing(missing.clone()),
            entered: Fact::Missing(missing.clone()),
            queues: Fact::Missing(missing.clone()),
            near_names: Vec::new(),
            management: Fact::Missing(missing.clone()),
            permissions: Fact::Missing(missing.clone()),
            limits: Fact::Missing(missing.clone()),
            alarms: Fact::Missing(missing.clone()),
        }
    }

    /// The product or platform.
    ///
    /// # Errors
    /// The reason why the broker's own words are missing.
    pub fn flavour(&self, host: &str) -> Result<Flavour, Missing> {
        self.server.get()?;
        let host = host.to_ascii_lowercase();
        let known = BY_SUFFIX.iter().find(|(suffix, _)| host.ends_with(suffix));
        Ok(known.map_or(Flavour::RabbitMq, |(_, flavour)| *flavour))
    }

    /// Takes over what a trial of an earlier visit found, for a visit that does not repeat it.
    pub(super) fn keep_trial_of(&mut self, earlier: &Self) {
        let (Fact::Known(queues), Fact::Known(before)) = (&mut self.queues, &earlier.queues) else {
            return;
        };
        for queue in queues {
            if let Some(same) = before.iter().find(|it| it.name == queue.name) {
                queue.reading.clone_from(&same.reading);
            }
        }
    }
}
