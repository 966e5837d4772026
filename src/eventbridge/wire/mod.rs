//! How a call is written: one file per dialect of the service.

mod form;
mod openapi;
mod rest;
mod seed;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use super::scrub::REDACTED;
use super::{Call, Credentials, Endpoint};
use crate::request::Operation;

/// How this program names itself to the service.
const AGENT: &str = concat!("cdc-preflight/", env!("CARGO_PKG_VERSION"));

/// The version of the interface.
const VERSION: &str = "2020-04-01";

/// A dialect in which the service is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wire {
    /// What today's cloud takes: the operation in a header, a form, an access key's signature.
    Openapi,
    /// The documented paths: `/eventstreaming/<operation>`, JSON, an access key's older signature
    /// or an API key.
    Rest,
    /// The configure operations of the integration guide: JSON and an API key.
    Seed,
}

/// A combination that no service understands. Nothing has been sent.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum WireError {
    /// The dialect has no such operation.
    #[error("the wire {wire} has no operation {operation}; {instead}")]
    NoOperation {
        /// The dialect.
        wire: Wire,
        /// The operation.
        operation: Operation,
        /// What to do instead.
        instead: &'static str,
    },
    /// The dialect takes other credentials.
    #[error("the wire {wire} takes {takes}, and there is {has}")]
    OtherCredentials {
        /// The dialect.
        wire: Wire,
        /// What it takes.
        takes: &'static str,
        /// What there is.
        has: &'static str,
    },
}

/// What is written: who is called, as whom, with what, and when.
pub(super) struct Sending<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) credentials: &'a Credentials,
    pub(super) call: &'a Call,
    pub(super) now: Timestamp,
    pub(super) nonce: Uuid,
    /// Whether the older misspelling of an operation's path is tried.
    pub(super) misspelt: bool,
}

/// A call as it is written. It holds secrets.
pub(super) struct Written {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: SecretString,
}

/// A dialect: what it has, and how it is written.
trait Dialect: Sync {
    /// Why it has no such operation, if it has not.
    fn lacks(&self, operation: Operation) -> Option<&'static str>;

    /// Which credentials it takes.
    fn takes(&self) -> &'static str;

    /// Whether it takes these.
    fn admits(&self, credentials: &Credentials) -> bool;

    /// The call as it goes over the network.
    fn write(&self, sending: &Sending<'_>) -> Written;
}

impl Wire {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Openapi, Self::Rest, Self::Seed];

    /// The word that users write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openapi => "openapi",
            Self::Rest => "rest",
            Self::Seed => "seed",
        }
    }

    /// The dialect for an operation with these credentials, where nobody says otherwise: the
    /// configure operations exist in one only; of the others, what today's cloud takes.
    pub fn suited(operation: Operation, credentials: &Credentials) -> Self {
        match (operation.source(), credentials) {
            (Some(_), _) => Self::Seed,
            (None, Credentials::AccessKey(_)) => Self::Openapi,
            (None, Credentials::ApiKey(_)) => Self::Rest,
        }
    }

    /// Whether the dialect has an operation.
    ///
    /// # Errors
    /// Why not, and which dialect has it.
    pub fn has(self, operation: Operation) -> Result<(), WireError> {
        match self.dialect().lacks(operation) {
            Some(instead) => Err(WireError::NoOperation { wire: self, operation, instead }),
            None => Ok(()),
        }
    }

    /// Whether an operation can be called with these credentials.
    ///
    /// # Errors
    /// Why not. It is known without any use of the network.
    pub fn check(self, operation: Operation, credentials: &Credentials) -> Result<(), WireError> {
        self.has(operation)?;
        let dialect = self.dialect();
        if !dialect.admits(credentials) {
            let (takes, has) = (dialect.takes(), credentials.kind());
            return Err(WireError::OtherCredentials { wire: self, takes, has });
        }
        Ok(())
    }

    pub(super) fn write(self, sending: &Sending<'_>) -> Written {
        self.dialect().write(sending)
    }

    fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Openapi => &openapi::Openapi,
            Self::Rest => &rest::Rest,
            Self::Seed => &seed::Seed,
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Wire {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|wire| wire.as_str() == word);
        found.ok_or_else(|| "one of openapi, rest, seed".into())
    }
}

/// A request as it would be sent, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The HTTP method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers by lower-case name, but for those that HTTP itself adds.
    pub headers: BTreeMap<String, String>,
    /// The body with its secrets replaced. Where the dialect writes a form, its members are the
    /// fields.
    pub body: Value,
}

/// Shows what a call would send. It needs no key and no clearance, and does no I/O.
pub fn dry_run(wire: Wire, endpoint: &Endpoint, call: &Call) -> Preview {
    let credentials = &Credentials::stand_ins(wire);
    let (now, nonce) = (Timestamp::UNIX_EPOCH, Uuid::nil());
    let written = wire.write(&Sending { endpoint, credentials, call, now, nonce, misspelt: false });
    let shown = |name: &HeaderName, value: &HeaderValue| match name.as_str() {
        "authorization" => credentials.redacted(),
        // They differ from one attempt to the next, or follow from what does or is secret.
        "content-md5"
        | "date"
        | "x-acs-content-sha256"
        | "x-acs-date"
        | "x-acs-security-token"
        | "x-acs-signature-nonce" => REDACTED.to_owned(),
        _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    let headers = written.headers.iter();
    Preview {
        method: written.method.to_string(),
        url: written.url.into(),
        headers: headers.map(|(name, value)| (name.to_string(), shown(name, value))).collect(),
        body: call.redacted_body().clone(),
    }
}

/// A header's value that this program makes itself: of letters, digits and signs of ASCII.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The name of this program as a header.
fn agent() -> (HeaderName, HeaderValue) {
    (USER_AGENT, HeaderValue::from_static(AGENT))
}

#[cfg(test)]
mod tests;
