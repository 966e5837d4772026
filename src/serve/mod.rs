//! The service: the same library behind HTTP, for portals, scheduled re-checks and history.
//!
//! ```text
//! router -> routes/* -> store            a preflight is a row: queued, running, finished, failed
//!                         ^
//!              jobs/* ----+              workers lease rows, visit databases, record verdicts
//!                |
//!                +-> request, gather, preflight, eventbridge: what the command line uses
//! ```
//!
//! * [`Config`] is what the operator says; it is refused as a whole where it is not safe.
//! * [`router`](router::router) puts routes and layers together. Every error leaves as
//!   `application/problem+json` ([`problem`]), and the OpenAPI document is made from the handlers.
//! * [`Service`] is what every handler and worker shares.
//! * [`observe`] gives every request an id, a line of the log, a count and, with [`traces`], a span.
//! * [`store`] is the one place with state. One node with an SQLite file and several with
//!   PostgreSQL run the same code.
//! * [`jobs`] run preflights. A request that refers to its secrets (`${NAME}`, `${file:...}`) is
//!   kept without them and queued; the node that runs it looks them up, as far as [`secrets`]
//!   allows. One that carries its secrets is run at once by the node that got it, and not kept.
//! * [`submission`] sends what was proven: the same gate, clearance and journal as `configure`, the
//!   journal being kept in the store ([`ledger`]). [`sending`] is where to.
//! * [`drift`] tells when what was proven of a stored source is no longer so, to the operator's
//!   [`webhook`].
//! * [`web`] is the web page: the same functions, for people.
//! * [`access`] decides who may call, and [`audit`] keeps who did what; [`admission`] decides which
//!   requests may be run at all.
//!
//! A closed gate is a result, not an error: problems are for runs that could not take place.

pub mod access;
pub mod admission;
pub mod audit;
mod config;
mod drift;
mod extract;
mod headers;
mod jobs;
mod ledger;
pub mod logs;
mod metrics;
mod observe;
mod openapi;
pub mod problem;
mod router;
mod routes;
pub mod secrets;
pub mod sending;
mod server;
mod service;
pub mod store;
mod submission;
mod tls;
pub mod traces;
mod web;
pub mod webhook;

pub use config::{Config, ConfigError};
pub use router::{openapi, router};
pub use server::{ServeError, serve};
pub use service::Service;
pub use tls::{ListenerTls, TlsError};
