//! Whether a caller is who it says: API keys, and signatures of access keys.

mod acs;
mod acs3;
mod replay;

use std::fmt;
use std::str::FromStr;

use hyper::header::AUTHORIZATION;
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::credentials::{AccessKey, Credentials};
use crate::dialect::Dialect;
use crate::received::{BODY_LIMIT, Body, Received};
use crate::reply::Refusal;
use replay::Nonces;

use hyper::StatusCode;

/// How closely callers are looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Verify {
    /// As the documents say: the whole signature, fifteen minutes, each nonce once.
    #[default]
    Strict,
    /// The signature must be right, but may be old, repeated, and cover less.
    Lenient,
    /// Everyone is let in, also without any key.
    Off,
}

impl Verify {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Verify {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Strict, Self::Lenient, Self::Off];
        all.into_iter().find(|mode| mode.as_str() == word).ok_or("one of strict, lenient, off")
    }
}

/// Judges callers, and remembers what must not come twice.
#[derive(Debug)]
pub(crate) struct Verifier {
    credentials: Credentials,
    mode: Verify,
    nonces: Nonces,
}

/// What a signed request claims. Nothing of it is true before the signature is.
#[derive(Debug)]
struct Claim<'a> {
    key_id: &'a str,
    signature: &'a str,
    /// The signature of the same request by this key.
    sign: fn(&AccessKey, &str) -> String,
    to_sign: String,
    /// What may be told of `to_sign`: nothing where secrets stand in it.
    told: Option<String>,
    date: Result<Timestamp, Refusal>,
    nonce: Option<&'a str>,
}

impl Verifier {
    pub(crate) fn new(credentials: Credentials, mode: Verify) -> Self {
        Self { credentials, mode, nonces: Nonces::default() }
    }

    /// Lets a request pass, or says why not.
    pub(crate) fn judge(&self, dialect: Dialect, received: &Received) -> Result<(), Refusal> {
        if self.mode == Verify::Off {
            return Ok(());
        }
        let value = received.head.headers.get(AUTHORIZATION).map_or(&b""[..], |it| it.as_bytes());
        let text = std::str::from_utf8(value).unwrap_or_default();
        match dialect {
            Dialect::Openapi => self.admit(acs3::read(text, received, self.mode)?, received, true),
            Dialect::Seed => self.bearer(value),
            Dialect::Rest if bearer_key(value).is_some() => self.bearer(value),
            Dialect::Rest | Dialect::SdkRest => {
                self.admit(acs::read(text, received)?, received, false)
            }
        }
    }

    fn bearer(&self, authorization: &[u8]) -> Result<(), Refusal> {
        let Some(key) = bearer_key(authorization) else {
            let message = "The request needs the header `Authorization: Bearer` with an API key.";
            return Err(missing(message));
        };
        if self.credentials.api_keys.admits(key) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, "InvalidAccessKeyId", "The API key is unknown."))
    }

    fn admit(&self, claim: Claim<'_>, received: &Received, gateway: bool) -> Result<(), Refusal> {
        let key = self.credentials.access_key(claim.key_id);
        let key = key.ok_or_else(|| unknown_key(gateway))?;
        if !key.admits(received.header("x-acs-security-token")) {
            let message = "The security token is not that of the access key.";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "SecurityTokenInvalid", message));
        }
        let expected = (claim.sign)(key, &claim.to_sign);
        if !bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) {
            return Err(no_match(gateway, claim.told.as_deref()));
        }
        if self.mode == Verify::Strict {
            replay::in_window(claim.date?, received.at)?;
            self.nonces.spend(claim.key_id, claim.nonce, received.at)?;
        }
        Ok(())
    }
}

/// The key of a Bearer `authorization` header; none when it is absent, empty or of another scheme.
fn bearer_key(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let key = key.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty()).then_some(key)
}

/// The body that a signature covers.
fn body(received: &Received) -> Result<&[u8], Refusal> {
    match &received.body {
        Body::Whole(bytes) => Ok(bytes),
        Body::TooLarge => Err(too_large()),
        Body::Broken => Err(Refusal::bad("InvalidParameter", "The body ended early.")),
    }
}

pub(crate) fn too_large() -> Refusal {
    let message = format!("The body must not be larger than {BODY_LIMIT} bytes.");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestBodyTooLarge", message)
}

fn missing(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "AccessDenied", message).challenge()
}

fn incomplete(message: impl Into<String>) -> Refusal {
    Refusal::bad("IncompleteSignature", message)
}

fn bad_date() -> Refusal {
    Refusal::bad("InvalidTimeStamp.Format", "The date of the request is not in its format.")
}

fn unknown_key(gateway: bool) -> Refusal {
    let message = "The access key id is unknown.";
    if gateway {
        Refusal::not_found("InvalidAccessKeyId.NotFound", message)
    } else {
        Refusal::new(StatusCode::FORBIDDEN, "InvalidAccessKeyId", message)
    }
}

fn no_match(gateway: bool, told: Option<&str>) -> Refusal {
    let told = told.map(|text| format!(" Here the string to sign is: {text}")).unwrap_or_default();
    let message = format!("The signature is not that of the request.{told}");
    let status = if gateway { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
    Refusal::new(status, "SignatureDoesNotMatch", message)
}

#[cfg(test)]
mod tests;
