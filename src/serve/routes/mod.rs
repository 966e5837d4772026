//! One file per resource.

pub(super) mod health;
mod negotiate;
pub(super) mod preflights;
mod resource;
