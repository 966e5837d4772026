//! What must hold for change data capture, as pure functions of recorded facts.
//!
//! [`judge`] takes [`Facts`] and an [`Intent`] and gives a [`Report`]. Nothing in this crate
//! reads a clock, the environment, a file or the network; it cannot even link a database driver.
//!
//! A check is a constant [`Check`] and a page of Markdown beside it. The page's cases run as tests,
//! and its "Break it" runs against real servers.

#![forbid(unsafe_code)]

pub mod catalogue;
mod check;
mod connection;
pub mod event_size;
pub mod facts;
mod flavour;
mod intent;
mod log_rate;
mod missing;
mod mysql;
mod outcome;
mod postgres;
pub mod privileges;
pub mod quote;
mod rabbitmq;
mod remedy;
pub mod report;
pub mod request;
mod text;

pub use check::{Check, CheckInfo, Level};
pub use facts::{Fact, Facts};
pub use flavour::{Flavour, LookAlike};
pub use intent::{
    AutosetIdentity, BadSetting, BigintUnsignedHandling, BinaryHandling, ConnectorProfile,
    Consumption, Conversion, DecimalHandling, Engine, HstoreHandling, IdentityAutoset, Intent,
    IntervalHandling, NetworkType, PublicationCreation, PublicationUse, Selection,
    SkippedOperations, SnapshotLocking, SnapshotMode, TableName, Thresholds, TimePrecision,
    properties,
};
pub use log_rate::log_bytes_per_hour;
pub use missing::Missing;
pub use outcome::{Finding, Outcome, Subject, Verdict};
pub use remedy::{Action, Actor, Cost, Remedy, Step};
pub use report::{CheckResult, JudgedSubject, Report, judge};
pub use text::Text;
