//! A request to create or update a stream: a source, a filter, a sink.

mod field;
mod read;
mod table;
mod together;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::Operation;

/// A request to create or update a stream, as the caller wrote it.
///
/// Where its source is a database, it belongs to a [`Request`](super::Request), which holds that
/// part; the others cannot be proven, and stand in [`Loaded::streams`](super::Loaded::streams).
#[derive(Clone, Debug)]
pub struct Stream {
    pub(super) operation: Operation,
    pub(super) members: Vec<(String, Member)>,
    /// The kind of the source, for example `SourceMNSParameters`.
    pub(super) source: String,
}

/// What stands in a member of a stream's definition.
#[derive(Clone)]
pub(super) enum Member {
    List(Vec<Member>),
    Map(Vec<(String, Member)>),
    Plain(Value),
    Secret(SecretString),
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => items.fmt(f),
            Self::Map(members) => members.fmt(f),
            Self::Plain(value) => value.fmt(f),
            Self::Secret(_) => f.write_str("[redacted]"),
        }
    }
}

impl Stream {
    /// Whether the stream is created or updated.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The stream's name.
    pub fn name(&self) -> &str {
        match self.member("EventStreamingName") {
            Some(Member::Plain(Value::String(name))) => name,
            _ => "",
        }
    }

    /// The pattern that says which events reach the target, as JSON text.
    pub fn filter_pattern(&self) -> &str {
        match self.member("FilterPattern") {
            Some(Member::Plain(Value::String(pattern))) => pattern,
            _ => "{}",
        }
    }

    /// The kind of the source, for example `SourceMNSParameters`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The region that the source or the sink names, if any does.
    pub fn region(&self) -> Option<&str> {
        ["Source", "Sink"].into_iter().find_map(|name| self.member(name)?.region())
    }

    /// The same definition for an existing stream, which it replaces.
    #[must_use]
    pub fn as_update(mut self) -> Self {
        self.operation = Operation::UpdateEventStreaming;
        // An update has none.
        self.members.retain(|(name, _)| name != "Tags");
        self
    }

    /// Every secret that it holds. **In clear**: only for what has to know it in order to hide it.
    pub fn secrets(&self) -> Vec<&str> {
        self.members.iter().flat_map(|(_, member)| member.secrets()).collect()
    }

    /// The same stream, with these members in its source.
    pub(super) fn with_source(mut self, members: Vec<(String, Member)>) -> Self {
        let source = Member::Map(vec![(self.source.clone(), Member::Map(members))]);
        self.members.retain(|(name, _)| name != "Source");
        self.members.push(("Source".into(), source));
        self
    }

    /// What is sent. **It holds secrets**: only for the body of the HTTP request.
    pub fn body_with_secrets(&self) -> Value {
        self.body(None, &|secret| secret.expose_secret().into())
    }

    /// The body as it may be shown, with `***` for every secret.
    pub fn redacted_body(&self) -> Value {
        self.body(None, &|_| "***".into())
    }

    /// The body, with the part of the source that the request for the database holds.
    pub(super) fn body(
        &self,
        database: Option<Value>,
        secret: &dyn Fn(&SecretString) -> String,
    ) -> Value {
        let mut body = json_map(&self.members, secret);
        if let Some(database) = database {
            let source = Map::from_iter([(self.source.clone(), database)]);
            body.insert("Source".into(), source.into());
        }
        body.into()
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, member)| member)
    }
}

impl Member {
    fn region(&self) -> Option<&str> {
        let Self::Map(members) = self else { return None };
        members.iter().find_map(|(name, member)| match member {
            Self::Plain(Value::String(region)) if name == "RegionId" => Some(region.as_str()),
            member => member.region(),
        })
    }

    fn secrets(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Self::Map(members) => members.iter().flat_map(|(_, it)| it.secrets()).collect(),
            Self::Plain(_) => Vec::new(),
            Self::Secret(secret) => vec![secret.expose_secret()],
        }
    }

    fn json(&self, secret: &dyn Fn(&SecretString) -> String) -> Value {
        match self {
            Self::List(items) => items.iter().map(|item| item.json(secret)).collect(),
            Self::Map(members) => json_map(members, secret).into(),
            Self::Plain(value) => value.clone(),
            Self::Secret(text) => secret(text).into(),
        }
    }
}

/// A stream as the service gives it, without what must not be shown: it is known by its name.
pub fn redact(value: &Value) -> Value {
    redacted(value, false)
}

fn redacted(value: &Value, is_secret: bool) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                (name.clone(), redacted(value, is_secret || table::is_secret(name)))
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| redacted(item, is_secret)).collect(),
        Value::String(text) if is_secret || read::has_user(text) => "***".into(),
        other => other.clone(),
    }
}

fn json_map(
    members: &[(String, Member)],
    secret: &dyn Fn(&SecretString) -> String,
) -> Map<String, Value> {
    members.iter().map(|(name, member)| (name.clone(), member.json(secret))).collect()
}
