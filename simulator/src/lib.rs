//! A stand-in for the EventBridge API on a local address, for tests, demonstrations and CI.
//!
//! It speaks the service's dialects on one port, verifies signatures, keeps streams and their
//! states, and a [journal](Entry) of what it received. It misbehaves on demand: each [`Fault`]
//! queued is spent on one request, in order of arrival.
//! It shares no code with the client it stands opposite to, so that a mistake in the wire format
//! cannot hide by being made twice.
//!
//! ```
//! use eventbridge_simulator::{AccessKey, Config, KeyPolicy, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new(KeyPolicy::require("a-key"))
//!     .access_key(AccessKey::new("an-id", "its-secret"))
//!     .fault("429:retry-after=2:on=GetEventStreaming".parse()?);
//! let running = Simulator::start(config).await?;
//! println!("{}/configurePostgreSQLSource", running.url());
//! assert!(running.journal().is_empty());
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Every connection carries one request and is then closed, so that a fault of the connection is a
//! fault of exactly one request, and no client repeats it unseen on a connection it had pooled.

#![forbid(unsafe_code)]

mod clock;
mod config;
mod connection;
mod content;
mod control;
mod credentials;
mod dialect;
mod envelope;
mod exchange;
mod faults;
mod form;
mod journal;
mod operations;
mod received;
mod redact;
mod reply;
mod route;
mod rules;
mod server;
mod state;
mod streams;
mod verify;

pub use config::Config;
pub use credentials::{AccessKey, KeyPolicy};
pub use faults::{Fault, FaultFileError, FaultSpec, FaultSpecError};
pub use journal::Entry;
pub use server::{Running, Simulator, StartError};
pub use verify::Verify;
