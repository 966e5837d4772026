//! A stand-in for the EventBridge API on a local address, for tests, demonstrations and CI.
//!
//! It answers the operations a client may call, keeps a [journal](Entry) of what it received, and
//! misbehaves on demand: each [`Fault`] queued is spent on one request, in order of arrival.
//! It shares no code with the client it stands opposite to, so that a mistake in the wire format
//! cannot hide by being made twice.
//!
//! ```
//! use eventbridge_simulator::{Config, KeyPolicy, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new(KeyPolicy::require("a-key")).fault("429:retry-after=2".parse()?);
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

mod config;
mod connection;
mod dialects;
mod exchange;
mod faults;
mod journal;
mod keys;
mod operations;
mod received;
mod redact;
mod reply;
mod server;
mod state;

pub use config::Config;
pub use faults::{Fault, FaultSpec, FaultSpecError};
pub use journal::Entry;
pub use keys::KeyPolicy;
pub use server::{Running, Simulator, StartError};
