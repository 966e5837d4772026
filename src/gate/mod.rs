//! Decides whether a request may be sent, and makes sure that nothing is sent without a decision.
//!
//! [`decide`] is pure: the time and the nonce come in as parameters. An open gate gives a
//! [`Clearance`], which can be had in no other way. Before sending, the facts are gathered again,
//! and [`Clearance::confirm`] turns the clearance into the [`Confirmed`] that a submission takes.

mod clearance;
mod drift;
mod identity;
mod plan;
mod policy;
mod reasons;
mod seal;

use cdc_checks::{Facts, Report};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::request::Operation;

pub use clearance::{Clearance, Confirmed};
pub use drift::{Change, Drift};
pub use plan::{Destination, Plan, PlanError};
pub use policy::{Policy, Standing};
pub use reasons::{Reason, Reasons};
pub use seal::Digest;

/// What a decision rests on. The report must be the judge's on these facts.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What the request asks for.
    pub operation: Operation,
    /// The request's body with its secrets replaced.
    pub redacted_body: &'a Value,
    /// What was gathered.
    pub facts: &'a Facts,
    /// What the judge found in it.
    pub report: &'a Report,
}

/// The decision on one request.
#[derive(Debug)]
pub enum Gate {
    /// Nothing may be sent, and why.
    Closed(Reasons),
    /// The request may be sent, once and soon.
    Open(Clearance),
}

/// Decides on one request. Pure: same evidence, policy, time and nonce, same decision.
///
/// Every required check must hold. The policy's threshold for lesser findings changes the
/// [`Standing`], never the decision.
pub fn decide(evidence: &Evidence<'_>, policy: &Policy, now: Timestamp, nonce: Uuid) -> Gate {
    let reasons = Reasons::closing(evidence.report);
    if reasons.is_empty() {
        Gate::Open(Clearance::issue(evidence, policy, now, nonce))
    } else {
        Gate::Closed(reasons)
    }
}
