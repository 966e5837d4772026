//! One file per resource.

pub(super) mod audit;
pub(super) mod catalogue;
pub(super) mod contract;
pub(super) mod diff;
pub(super) mod events;
pub(super) mod health;
pub(super) mod history;
pub(super) mod metrics;
mod name;
mod negotiate;
mod page;
pub(super) mod patterns;
pub(super) mod preflights;
pub(super) mod remedy;
mod resource;
pub(super) mod sources;
pub(super) mod submission;
pub(super) mod tokens;
pub(super) mod waivers;
