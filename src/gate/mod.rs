//! Decides whether a request may be sent, and makes sure that nothing is sent without a decision.
//!
//! [`decide`] is pure: the time and the nonce come in as parameters. An open gate gives a
//! [`Clearance`], which can be had in no other way. Before sending, the facts are gathered again,
//! and [`Clearance::confirm`] turns the clearance into the [`Confirmed`] that a submission takes.
//!
//! The user has a say in it: [`Rules`] (selection, levels, waivers, a baseline) are laid over the
//! judge's report, and [`Rulings`] tell what they made of it.

mod baseline;
mod clearance;
mod drift;
mod glob;
mod identity;
mod levels;
mod plan;
mod policy;
mod reasons;
mod rules;
mod rulings;
mod seal;
mod selection;
mod waiver;
mod waiver_draft;
mod waiver_file;

use cdc_checks::{Facts, Report};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::request::Operation;

pub use baseline::{Baseline, BaselineState};
pub use clearance::{Clearance, Confirmed};
pub use drift::{Change, Drift};
pub use glob::Glob;
pub use levels::{LevelError, Levels, parse_level};
pub use plan::{Destination, Plan, PlanError};
pub use policy::{Policy, Standing};
pub use reasons::{Reason, Reasons};
pub use rules::Rules;
pub use rulings::{Gone, LeftOut, Rulings, Unused, Waived, WaiverReview};
pub use seal::Digest;
pub use selection::{CheckSelection, Selector, UnknownCheck};
pub use waiver::{Expiry, Waiver};
pub(crate) use waiver_draft::everything;
pub use waiver_draft::{WaiverDraft, WaiverFault};

/// What a decision rests on. The report must be the judge's on these facts, under the rules that
/// the rulings tell of.
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
    /// What the user's rules made of that.
    pub rulings: &'a Rulings,
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
