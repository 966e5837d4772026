//! The simulator over real connections, as a client meets it.
#![allow(missing_docs, clippy::unwrap_used)]

mod binary;
mod captures;
mod client;
mod control;
mod faults;
mod journal;
mod replies;
mod streams;
