//! What is known of one queue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Fact, Text};

/// A queue that is wanted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its name.
    pub name: Text,
    /// That it is there: the answer to a passive declaration, which creates nothing.
    pub declared: Fact<Declared>,
    /// Whether the account may consume from it.
    pub reading: Fact<Reading>,
    /// What the management API says of it.
    pub details: Fact<QueueDetails>,
}

/// The answer to a passive declaration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Messages that are ready to be delivered.
    pub messages: u32,
    /// Its consumers.
    pub consumers: u32,
}

/// How it is known whether the account may consume.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The broker let a consumer in that it then had to refuse for an argument of the wrong type.
    Permitted,
    /// The permission's regular expression matches the queue's name.
    Matched,
}

/// What the management API says of a queue.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QueueDetails {
    /// `classic`, `quorum`, `stream`, or a plugin's own.
    pub kind: Text,
    /// Whether it outlives a restart of the broker.
    pub durable: bool,
    /// Whether it is deleted when its last consumer leaves.
    pub auto_delete: bool,
    /// Whether it belongs to the connection that declared it.
    pub exclusive: bool,
    /// Whether one of its consumers wants no other beside itself.
    pub exclusive_consumer: bool,
    /// `running`, or what keeps it from that.
    pub state: Text,
    /// Its arguments, without `x-` before their names.
    pub arguments: BTreeMap<String, Text>,
    /// The policy that applies to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Text>,
    /// The operator's policy that applies to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_policy: Option<Text>,
    /// What both policies come to.
    pub policy_definition: BTreeMap<String, Text>,
    /// Messages ready, on their way, and both together.
    pub messages: u64,
    /// Messages that consumers have and have not acknowledged.
    pub unacknowledged: u64,
}

/// Where a setting of a queue comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// An argument, which the queue keeps for ever.
    Argument,
    /// A policy, which can be changed.
    Policy,
}

/// A setting of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting<'a> {
    /// Its value.
    pub value: &'a Text,
    /// Where it comes from.
    pub origin: Origin,
}

impl Setting<'_> {
    /// The value as a whole number.
    pub fn number(&self) -> Option<u64> {
        self.value.untrusted().parse().ok()
    }
}

impl QueueDetails {
    /// A setting by its name without `x-`. Of two numbers the smaller one counts, of two words the
    /// argument's.
    pub fn setting(&self, name: &str) -> Option<Setting<'_>> {
        let argument = self.arguments.get(name);
        let argument = argument.map(|value| Setting { value, origin: Origin::Argument });
        let policy = self.policy_definition.get(name);
        let policy = policy.map(|value| Setting { value, origin: Origin::Policy });
        match (argument, policy) {
            (Some(argument), Some(policy)) => match (argument.number(), policy.number()) {
                (Some(one), Some(other)) if other < one => Some(policy),
                _ => Some(argument),
            },
            (argument, policy) => argument.or(policy),
        }
    }

    /// Whether it is a stream, which keeps its messages when they are read.
    pub fn is_stream(&self) -> bool {
        self.kind.untrusted() == "stream"
    }

    /// Whether only one of its consumers is given messages at a time.
    pub fn has_single_active_consumer(&self) -> bool {
        self.setting("single-active-consumer").is_some_and(|it| it.value.untrusted() == "true")
    }
}
