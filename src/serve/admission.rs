//! Which requests may be run at all: asked once, before anything is visited or sent.

use super::config::Config;
use super::problem::Problem;
use crate::request::Request;

/// Refuses requests that the operator does not want to be run.
///
/// # Errors
/// The first request that is refused, as a problem for the caller.
pub fn admit(_config: &Config, _requests: &[Request]) -> Result<(), Problem> {
    Ok(())
}
