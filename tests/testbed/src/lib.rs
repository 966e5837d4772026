//! Throwaway real database servers for tests, the demonstration and continuous integration.
//!
//! ```no_run
//! # async fn example() -> testbed::Result<()> {
//! use testbed::{Options, Product, Server};
//!
//! let options = Options::new().setting("wal_level", "logical");
//! let server = Server::start(Product::Postgres(17), options).await?;
//! server.execute("create database inventory").await?;
//! assert_eq!(server.execute("show wal_level").await?, "logical\n");
//! # Ok(())
//! # }
//! ```
//!
//! A server runs in a container where a Docker engine answers, else as a process made from the
//! database binaries installed on this machine; `CDC_PREFLIGHT_TESTBED=docker|local` forces one.
//! Either way it listens on 127.0.0.1 only, has a random administrator password, and is gone when
//! this process is gone, however that ends: a watchdog outside the process cleans up after it.
//!
//! Everything here works from any tokio runtime, so a [`shared`] server outlives the test that
//! started it.

mod binaries;
mod certificates;
mod choice;
mod client;
mod compose;
mod docker;
mod error;
mod images;
mod install;
mod local;
mod options;
mod product;
mod program;
mod readiness;
mod server;
mod session;
mod shared;
mod stand_in;
mod watchdog;

pub use choice::nearest;
pub use compose::compose;
pub use docker::in_containers;
pub use error::{Error, Result};
pub use images::{provide_image, provide_runtime_image};
pub use options::{Options, Tls};
pub use product::Product;
pub use program::Program;
pub use server::Server;
pub use shared::shared;
pub use stand_in::build_stand_ins;
