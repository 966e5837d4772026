//! The permission to send one request: made only by an open gate, short-lived, used up by use.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::seal::Seal;
use super::{Digest, Drift, Evidence, Policy, Reasons};
use crate::request::Operation;

/// The permission that an open gate gives, to be confirmed by facts gathered once more.
///
/// Confirming it uses it up:
///
/// ```
/// use cdc_preflight::gate::{Clearance, Confirmed, Drift, Evidence};
///
/// fn once(
///     clearance: Clearance,
///     fresh: &Evidence<'_>,
///     now: jiff::Timestamp,
/// ) -> Result<Confirmed, Drift> {
///     clearance.confirm(fresh, now)
/// }
/// ```
///
/// It cannot be used a second time:
///
/// ```compile_fail,E0382
/// use cdc_preflight::gate::{Clearance, Confirmed, Drift, Evidence};
///
/// fn twice(
///     clearance: Clearance,
///     fresh: &Evidence<'_>,
///     now: jiff::Timestamp,
/// ) -> Result<Confirmed, Drift> {
///     clearance.confirm(fresh, now)?;
///     clearance.confirm(fresh, now)
/// }
/// ```
///
/// nor be doubled:
///
/// ```compile_fail,E0599
/// use cdc_preflight::gate::Clearance;
///
/// fn two(clearance: Clearance) -> (Clearance, Clearance) {
///     (clearance.clone(), clearance)
/// }
/// ```
///
/// nor be made by hand:
///
/// ```compile_fail,E0624
/// use cdc_preflight::gate::{Clearance, Evidence, Policy};
///
/// fn forged(evidence: &Evidence<'_>, now: jiff::Timestamp, nonce: uuid::Uuid) -> Clearance {
///     Clearance::issue(evidence, &Policy::default(), now, nonce)
/// }
/// ```
///
/// nor be changed to last longer:
///
/// ```compile_fail,E0451
/// use cdc_preflight::gate::Clearance;
///
/// fn prolonged(old: Clearance) -> Clearance {
///     Clearance { expires_at: jiff::Timestamp::MAX, ..old }
/// }
/// ```
#[derive(Debug)]
pub struct Clearance {
    seal: Box<Seal>,
    nonce: Uuid,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

/// A clearance that the second visit bore out: what a submission takes, and uses up.
///
/// Only [`Clearance::confirm`] makes one:
///
/// ```compile_fail,E0451
/// use cdc_preflight::gate::{Clearance, Confirmed};
///
/// fn unconfirmed(clearance: Clearance) -> Confirmed {
///     Confirmed { clearance }
/// }
/// ```
///
/// It cannot be doubled either:
///
/// ```compile_fail,E0599
/// use cdc_preflight::gate::Confirmed;
///
/// fn two(confirmed: Confirmed) -> (Confirmed, Confirmed) {
///     (confirmed.clone(), confirmed)
/// }
/// ```
#[derive(Debug)]
pub struct Confirmed {
    clearance: Clearance,
}

impl Clearance {
    pub(super) fn issue(
        evidence: &Evidence<'_>,
        policy: &Policy,
        now: Timestamp,
        nonce: Uuid,
    ) -> Self {
        // Beyond the end of the calendar there is nothing to wait for: expired at once.
        let expires_at = now.checked_add(policy.valid_for).unwrap_or(now);
        let waived_until = evidence.rulings.waived_until(evidence.report);
        Self {
            seal: Box::new(Seal::of(evidence)),
            nonce,
            issued_at: now,
            // It is worth no more than the waivers that it rests on.
            expires_at: waived_until.map_or(expires_at, |end| end.min(expires_at)),
        }
    }

    /// Uses up the clearance: gives the right to send when facts gathered since bear it out.
    ///
    /// # Errors
    /// When the clearance has expired, when the gate would now be closed, and when anything that
    /// the clearance vouches for is no longer what it was.
    pub fn confirm(self, fresh: &Evidence<'_>, now: Timestamp) -> Result<Confirmed, Drift> {
        if now >= self.expires_at {
            return Err(Drift::Expired { expired_at: self.expires_at });
        }
        let reasons = Reasons::closing(fresh.report);
        if !reasons.is_empty() {
            return Err(Drift::Closed(reasons));
        }
        let seal = Seal::of(fresh);
        if seal.digest() != self.digest() {
            return Err(Drift::between(&self.seal, &seal));
        }
        Ok(Confirmed { clearance: self })
    }

    pub(super) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The digest of what it vouches for.
    pub fn digest(&self) -> Digest {
        self.seal.digest()
    }

    /// From when on it is worth nothing.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// When the gate opened.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// Tells this clearance from every other.
    pub fn nonce(&self) -> Uuid {
        self.nonce
    }
}

impl Confirmed {
    /// The clearance that was confirmed, to read.
    pub fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// Whether this very request is the one that was cleared.
    pub fn covers(&self, operation: Operation, redacted_body: &Value) -> bool {
        let seal = &self.clearance.seal;
        seal.operation == operation && seal.redacted_body == *redacted_body
    }
}
