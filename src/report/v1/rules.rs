//! What the user's rules made of a report, on the wire.

use cdc_checks::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::kind;
use crate::gate;

/// A waiver, and what it did in the run.
#[derive(JsonSchema, Serialize)]
pub(in crate::report) struct Review<'a> {
    check: &'a str,
    subject: &'a str,
    target: &'a str,
    #[schemars(with = "String")]
    reason: &'a Text,
    #[schemars(with = "String")]
    owner: &'a Text,
    /// The last day on which it holds.
    expires: String,
    /// `active`, `expiring`, `unused` or `expired`.
    state: &'static str,
    /// How many findings it covers, or would cover had it not expired.
    covers: usize,
    /// Why it is unused.
    #[serde(skip_serializing_if = "Option::is_none")]
    unused: Option<&'static str>,
    #[schemars(with = "String")]
    declared_at: &'a Text,
}

/// Who accepts a finding.
#[derive(JsonSchema, Serialize)]
pub(in crate::report) struct Waived<'a> {
    /// What it would be without the waiver.
    outcome: &'static str,
    #[schemars(with = "String")]
    reason: &'a Text,
    #[schemars(with = "String")]
    owner: &'a Text,
    /// The last day on which it holds.
    expires: String,
    #[schemars(with = "String")]
    declared_at: &'a Text,
}

/// A check that was not run.
#[derive(JsonSchema, Serialize)]
pub(in crate::report) struct LeftOut<'a> {
    id: &'static str,
    level: &'static str,
    title: &'static str,
    by: &'a str,
}

/// What the baseline knew.
#[derive(JsonSchema, Serialize)]
pub(in crate::report) struct Gone<'a> {
    id: &'a str,
    #[schemars(with = "String")]
    name: Text,
    kind: &'static str,
    outcome: &'static str,
}

impl<'a> Review<'a> {
    pub(in crate::report) fn of(review: &'a gate::WaiverReview) -> Self {
        let waiver = &review.waiver;
        Self {
            check: waiver.check.as_str(),
            subject: waiver.subject.as_str(),
            target: waiver.target.as_str(),
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: waiver.expires.to_string(),
            state: review.state(),
            covers: review.covers,
            unused: review.unused.map(gate::Unused::as_str),
            declared_at: &waiver.place,
        }
    }
}

impl<'a> Waived<'a> {
    pub(in crate::report) fn of(waived: &'a gate::Waived) -> Self {
        let waiver = &waived.waiver;
        Self {
            outcome: waived.outcome.as_str(),
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: waiver.expires.to_string(),
            declared_at: &waiver.place,
        }
    }
}

impl<'a> LeftOut<'a> {
    pub(in crate::report) fn of(left_out: &'a gate::LeftOut) -> Self {
        let check = &left_out.check;
        Self { id: check.id, level: check.level.as_str(), title: check.title, by: &left_out.by }
    }
}

impl<'a> Gone<'a> {
    pub(in crate::report) fn of(gone: &'a gate::Gone) -> Self {
        Self {
            id: &gone.check,
            name: gone.subject.name(),
            kind: kind(&gone.subject),
            outcome: gone.outcome.as_str(),
        }
    }
}
