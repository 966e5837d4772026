//! From the decision to the receipt: what opens the gate, and what a submission makes of all the
//! ways in which a service can answer, or not answer.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod answers;
mod clock;
mod commands;
mod costs;
mod gate;
mod listener;
mod matrix;
mod once;
mod plan;
mod predicted;
mod retries;
mod rules;
mod scene;
mod secrets;
mod seeds;
mod stage;
mod wires;
