//! What a line of a journal holds, and what follows from all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::gate::Digest;
use crate::request::Operation;

/// The layout of a line.
const FORMAT_VERSION: u32 = 1;

/// What a request is about: two requests with the same target would change the same thing.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Target {
    operation: String,
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
    /// The receipt, where a run lived to have one.
    pub receipt: Option<Value>,
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
    Intent { target: Target, digest: Digest, plan: Option<String> },
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
    /// The last submission that was accepted.
    pub(super) accepted: Option<Past>,
    /// The last submission, while nobody knows what came of it.
    pub(super) unknown: Option<Past>,
}

impl Target {
    /// The target of an operation at a service's address, by the names that tell it from others.
    pub fn new<'a>(
        operation: Operation,
        service: String,
        names: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let names = names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { operation: operation.as_str().to_owned(), service, names }
    }

    /// The name of its journal: the operation, and what no name of a host could spoil.
    pub(super) fn file_name(&self) -> String {
        let digest = Digest::of(&serde_json::json!([self.operation, self.service, self.names]));
        let digest = digest.to_string();
        format!("{}-{}.jsonl", self.operation, digest.get(..16).unwrap_or_default())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.iter().map(|(name, value)| format!("{name} {value}"));
        let names = names.collect::<Vec<_>>().join(", ");
        write!(f, "{} at {} for {names}", self.operation, self.service)
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

impl History {
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
            Event::Intent { digest, .. } => {
                self.unknown = Some(Past { id, began_at: at, digest, receipt: None });
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
            State::Accepted => self.accepted = Some(past),
            State::NotAccepted => {}
            State::Unknown => self.unknown = Some(past),
        }
        Ok(())
    }
}
