//! Take a configure-source request, gather facts from its database, judge them, decide, submit only
//! through an open gate, and describe the events that will come.
//!
//! ```text
//! request -> gather -> judge -> decide -> submit -> describe
//! ```

#![forbid(unsafe_code)]

pub mod cli;
pub mod eventbridge;
pub mod events;
mod exit;
pub mod gate;
pub mod gather;
pub mod pages;
pub mod preflight;
pub mod remedy;
pub mod report;
pub mod request;
pub mod serve;

pub use cdc_checks as checks;
pub use exit::Exit;
