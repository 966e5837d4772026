//! What a line of a journal holds, and what follows from all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::eventbridge::Call;
use crate::gate::Digest;
use crate::request::{Operation, Request};

/// The layout of a line.
const FORMAT_VERSION: u32 = 1;

/// What a request is about: two requests with the same target would change the same thing.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Target {
    kind: String,
    service: String,
    names: BTreeMap<String, String>,
}

/// What came of a submission, as somebody found out later.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// The service has done what was asked.
    Accepted,
    /// It has not, and will not.
    NotAccepted,
}

/// Who found it out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The service, asked for what it has.
    Service,
    /// The user.
    User,
}

/// A submission of the past. It comes from a file: hostile until escaped.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The nonce of its clearance.
    pub id: String,
    /// When it began.
    pub began_at: Timestamp,
    /// The digest of the call.
    pub digest: Digest,
    /// What was asked for.
    pub asked: Asked,
    /// The receipt or the answer, where a run lived to have one.
    pub receipt: Option<Value>,
}

/// What a call asked for, so that the service can be asked whether it is so.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Asked {
    /// The operation.
    pub operation: Operation,
    /// The body with its secrets replaced.
    pub request: Value,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Line {
    format_version: u32,
    at: Timestamp,
    id: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub(super) enum Event {
    /// A request is about to be sent.
    Intent { target: Target, digest: Digest, asked: Asked, plan: Option<String> },
    /// It was sent, or will not be.
    Outcome { state: State, receipt: Option<Value> },
    /// Somebody found out what came of it.
    Resolution { resolution: Resolution, witness: Witness },
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Accepted,
    NotAccepted,
    Unknown,
}

/// What follows from the lines so far.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The last calls that were accepted, one for each aspect of the target.
    accepted: Vec<Past>,
    /// The last submission, while nobody knows what came of it.
    pub(super) unknown: Option<Past>,
}

/// What of a target a call changes. Of each aspect, the last call that was accepted counts: that a
/// stream was started does not make its creation another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Aspect {
    Billing,
    Definition,
    State,
}

impl Target {
    /// A source that an operation configures at a service's address, by the names that tell it from
    /// others.
    pub fn source<'a>(
        operation: Operation,
        service: String,
        names: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let names = names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { kind: operation.as_str().to_owned(), service, names }
    }

    /// A stream at a service's address, whatever is done to it. The service knows it by no more
    /// than its name.
    pub fn stream(service: String, name: &str) -> Self {
        let names = [("EventStreamingName".to_owned(), name.to_owned())].into();
        Self { kind: "eventStreaming".to_owned(), service, names }
    }

    /// What sending a request is about: its stream, or else the source, whatever is to be captured
    /// of it.
    pub fn of(request: &Request, call: &Call, service: String) -> Self {
        if let Some(stream) = request.stream() {
            return Self::stream(service, stream.name());
        }
        let region = request.region().unwrap_or_default().to_owned();
        let schema = call.redacted_body().get("SchemaName").and_then(Value::as_str);
        let names = [
            ("RegionId", region),
            ("HostName", request.host().to_ascii_lowercase()),
            ("Port", request.port().to_string()),
            ("DatabaseName", request.database().to_owned()),
            ("SchemaName", schema.unwrap_or_default().to_owned()),
        ];
        let names = names.into_iter().filter(|(_, value)| !value.is_empty());
        Self::source(call.operation(), service, names)
    }

    /// Tells it from every other, in characters that spoil no name: what it is, and a digest.
    pub fn key(&self) -> String {
        let digest = Digest::of(&serde_json::json!([self.kind, self.service, self.names]));
        let digest = digest.to_string();
        format!("{}-{}", self.kind, digest.get(..16).unwrap_or_default())
    }

    /// The name of its journal.
    pub(super) fn file_name(&self) -> String {
        format!("{}.jsonl", self.key())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.iter().map(|(name, value)| format!("{name} {value}"));
        let names = names.collect::<Vec<_>>().join(", ");
        write!(f, "{} at {} for {names}", self.kind, self.service)
    }
}

impl FromStr for Resolution {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "accepted" => Ok(Self::Accepted),
            "not-accepted" => Ok(Self::NotAccepted),
            _ => Err("one of accepted, not-accepted".into()),
        }
    }
}

impl Line {
    pub(super) fn new(at: Timestamp, id: &str, event: Event) -> Self {
        Self { format_version: FORMAT_VERSION, at, id: id.to_owned(), event }
    }

    pub(super) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let line: Self = serde_json::from_slice(text)
            .map_err(|_| "it is no entry of a journal, or one of another version")?;
        match line.format_version {
            FORMAT_VERSION => Ok(line),
            _ => Err("it was written by another version of this program"),
        }
    }
}

impl Aspect {
    fn of(operation: Operation) -> Self {
        match operation {
            Operation::PauseEventStreaming | Operation::StartEventStreaming => Self::State,
            Operation::UpdateEventStreamingBusinessOption => Self::Billing,
            _ => Self::Definition,
        }
    }
}

impl History {
    /// The call with this digest, if it is the last of its aspect that was accepted.
    pub(super) fn accepted(&self, digest: Digest) -> Option<&Past> {
        self.accepted.iter().find(|past| past.digest == digest)
    }

    /// Takes in the next line.
    pub(super) fn follow(&mut self, line: Line, target: &Target) -> Result<(), &'static str> {
        let Line { id, at, event, .. } = line;
        match event {
            Event::Intent { target: its, .. } if its != *target => {
                Err("it is about something else than this journal")
            }
            Event::Intent { .. } if self.unknown.is_some() => {
                Err("a submission begins although the one before has no end")
            }
            Event::Intent { digest, asked, .. } => {
                self.unknown = Some(Past { id, began_at: at, digest, asked, receipt: None });
                Ok(())
            }
            Event::Outcome { state, receipt } => self.end(&id, state, receipt),
            Event::Resolution { resolution: Resolution::Accepted, .. } => {
                self.end(&id, State::Accepted, None)
            }
            Event::Resolution { resolution: Resolution::NotAccepted, .. } => {
                self.end(&id, State::NotAccepted, None)
            }
        }
    }

    fn end(&mut self, id: &str, state: State, receipt: Option<Value>) -> Result<(), &'static str> {
        let past = self.unknown.take_if(|past| past.id == id);
        let past = past.ok_or("a submission ends that did not begin")?;
        let past = Past { receipt: receipt.or(past.receipt), ..past };
        match state {
            State::Accepted => {
                let aspect = |past: &Past| Aspect::of(past.asked.operation);
                self.accepted.retain(|before| aspect(before) != aspect(&past));
                self.accepted.push(past);
            }
            State::NotAccepted => {}
            State::Unknown => self.unknown = Some(past),
        }
        Ok(())
    }
}
