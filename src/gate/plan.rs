//! A decision to be carried out later: what was cleared, kept in a file without secrets.
//!
//! A plan opens no gate. To carry it out, the requests are given again, their databases are visited
//! again, and [`decide`](super::decide) gives clearances of its own; the plan then has a veto:
//! nothing is sent that it does not name, and nothing once a proof is no longer what it was.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use super::seal::Seal;
use super::{Clearance, Digest, Drift};

/// The layout of a plan.
const FORMAT_VERSION: u32 = 1;

/// What was cleared, to be sent later and once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Over everything else but the mark of use: tells an edited plan. It is no signature.
    checksum: Digest,
    #[serde(flatten)]
    body: Body,
    /// Since when it is worth nothing, because it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Body {
    format_version: u32,
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    nonce: Uuid,
    issued_at: Timestamp,
    expires_at: Timestamp,
    requests: Vec<Planned>,
}

/// One request of a plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Planned {
    #[serde(flatten)]
    destination: Destination,
    /// The digest of the call.
    request_digest: Digest,
    /// The digest of the proof.
    clearance: Digest,
    /// What was proven, the request without its secrets included.
    proof: Value,
}

/// Where a request goes, and in which dialect.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Destination {
    /// The address of the service.
    pub endpoint: String,
    /// The dialect's word.
    pub wire: String,
}

/// Why a plan cannot be carried out. Nothing has been sent.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// It would go elsewhere.
    #[error("the plan sends to another address, or in another dialect")]
    Destination,
    /// Its checksum does not fit.
    #[error("the plan was edited")]
    Edited,
    /// It is too old.
    #[error("the plan expired at {expired_at}")]
    Expired {
        /// Since when it is worth nothing.
        expired_at: Timestamp,
    },
    /// It is no plan, or one of another layout.
    #[error("it is no plan that this version can read")]
    NotAPlan,
    /// It is about another request.
    #[error("the plan was made for another request")]
    Request,
    /// It was used before.
    #[error("the plan was used before; a plan is good for one use, whatever came of it")]
    Used,
}

impl Plan {
    /// The plan to send what these clearances cover. It lasts as long as the first of them to
    /// expire.
    pub fn new(
        nonce: Uuid,
        issued_at: Timestamp,
        cleared: impl IntoIterator<Item = (Clearance, Digest, Destination)>,
    ) -> Self {
        let mut expires_at = Timestamp::MAX;
        let requests = cleared.into_iter().map(|(clearance, request_digest, destination)| {
            expires_at = expires_at.min(clearance.expires_at());
            let proof = clearance.seal().document();
            Planned { destination, request_digest, clearance: clearance.digest(), proof }
        });
        let requests = requests.collect();
        let format_version = FORMAT_VERSION;
        let body = Body { format_version, nonce, issued_at, expires_at, requests };
        Self { checksum: body.checksum(), body, used_at: None }
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// When it is none, and when it is not as it was written.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Document {
            checksum: Digest,
            #[serde(flatten)]
            body: Body,
            used_at: Option<Timestamp>,
        }
        let parsed = serde_json::from_str(text).map_err(|_| PlanError::NotAPlan)?;
        let Document { checksum, body, used_at } = parsed;
        if body.format_version != FORMAT_VERSION {
            return Err(PlanError::NotAPlan);
        }
        let proven = |planned: &Planned| Digest::of(&planned.proof) == planned.clearance;
        if checksum != body.checksum() || !body.requests.iter().all(proven) {
            return Err(PlanError::Edited);
        }
        Ok(Self { checksum, body, used_at })
    }

    /// Whether it may be carried out now with these requests.
    ///
    /// # Errors
    /// When it was used, has expired, or is about something else.
    pub fn admit(&self, now: Timestamp, calls: &[(Digest, Destination)]) -> Result<(), PlanError> {
        if self.used_at.is_some() {
            return Err(PlanError::Used);
        }
        if now >= self.body.expires_at {
            return Err(PlanError::Expired { expired_at: self.body.expires_at });
        }
        let planned = &self.body.requests;
        let digests = planned.iter().map(|planned| planned.request_digest);
        if !digests.eq(calls.iter().map(|(digest, _)| *digest)) {
            return Err(PlanError::Request);
        }
        let destinations = planned.iter().map(|planned| &planned.destination);
        if !destinations.eq(calls.iter().map(|(_, destination)| destination)) {
            return Err(PlanError::Destination);
        }
        Ok(())
    }

    /// Whether clearances that were given since rest on the same proof.
    ///
    /// # Errors
    /// What is no longer as it was.
    pub fn bear_out(&self, clearances: &[Clearance]) -> Result<(), Drift> {
        for (planned, clearance) in self.body.requests.iter().zip(clearances) {
            if planned.clearance != clearance.digest() {
                return Err(match Seal::read(&planned.proof) {
                    Some(before) => Drift::between(&before, clearance.seal()),
                    None => Drift::Changed(vec![super::Change::Catalogue]),
                });
            }
        }
        Ok(())
    }

    /// Marks it as used.
    pub fn mark_used(&mut self, now: Timestamp) {
        self.used_at = Some(now);
    }

    /// Tells this plan from every other.
    pub fn nonce(&self) -> Uuid {
        self.body.nonce
    }

    /// From when on it is worth nothing.
    pub fn expires_at(&self) -> Timestamp {
        self.body.expires_at
    }
}

impl Body {
    fn checksum(&self) -> Digest {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        document.sort_all_objects();
        Digest::of(&document)
    }
}

fn as_text<S: Serializer>(nonce: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(nonce)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}
