//! The service: in this process, and as a process of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot prepare itself has to stop"
)]

mod access;
mod api;
mod app;
mod drift;
mod listener;
mod manifests;
mod node;
mod nodes;
mod openapi;
mod pages;
mod proxy;
mod receiver;
mod recorded;
mod resources;
mod schemathesis;
mod store;
mod targets;
mod traces;
mod trouble;
mod waivers;
