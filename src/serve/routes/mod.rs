//! One file per resource.

pub(super) mod audit;
pub(super) mod catalogue;
pub(super) mod contract;
pub(super) mod events;
pub(super) mod health;
pub(super) mod metrics;
mod negotiate;
pub(super) mod patterns;
pub(super) mod preflights;
pub(super) mod remedy;
mod resource;
pub(super) mod sources;
pub(super) mod submission;
pub(super) mod tokens;
