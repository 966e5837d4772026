//! What must hold of the request itself. The same rules produce the diagnostics of the input.

use crate::check::catalogue;
use crate::facts::Request;
use crate::report::{CheckResult, run_check};
use crate::{Intent, facts};

mod endpoint;
pub mod fields;
mod table_names;

pub use endpoint::Endpoint;

catalogue! { facts::Request:
    parameters,
    vpc,
    region,
}

/// Judges a request by itself, before anything is gathered for it.
pub fn judge(request: &Request, intent: &Intent) -> Vec<CheckResult> {
    CHECKS.iter().map(|check| run_check(check, request, intent)).collect()
}
