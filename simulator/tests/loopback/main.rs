//! The simulator over real connections, as a client meets it.
#![allow(missing_docs, clippy::unwrap_used)]

mod binary;
mod client;
mod faults;
mod journal;
mod replies;
