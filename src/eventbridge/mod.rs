//! Sends a cleared request to EventBridge and tells what came of it.
//!
//! [`Client::submit`] takes the [`Confirmed`](crate::gate::Confirmed) of an open gate, so that
//! nothing can be sent by accident. It repeats only what was certainly not accepted; where it
//! cannot tell, the [`Outcome`] says so. [`dry_run`] shows the same request and sends nothing.

mod call;
mod client;
mod clock;
mod credentials;
mod endpoint;
mod explain;
pub mod journal;
mod limits;
pub mod operations;
pub mod pattern;
pub mod pricing;
mod receipt;
mod reply;
mod retry;
mod scrub;
pub mod signing;
mod stream;
pub mod transform;
mod wire;

pub use call::{BodyMismatch, Call};
pub use client::{Client, ClientError, Exchange, SubmitError, Timeouts};
pub use clock::{Clock, SystemClock};
pub use credentials::{
    ApiKey, CredentialError, Credentials, KeyChain, KeySource, Profile, SigningKey,
};
pub use endpoint::{Endpoint, EndpointError, PlainHttp};
pub use explain::{Explanation, explain};
pub use receipt::{Attempt, AttemptResult, ClearanceUsed, Outcome, Receipt, Stop};
pub use reply::Meaning;
pub use retry::RetryPolicy;
pub use stream::{Phase, StreamState, is_as_asked};
pub use wire::{Preview, Wire, WireError, dry_run};
