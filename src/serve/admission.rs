//! Which requests may be run: those whose source is at a target that the operator allows.
//!
//! A request is refused before anything is visited or sent, by its address alone, so that the
//! answer says nothing of what is there. What is admitted is visited under the same rule: every
//! connection leads to an address that was judged here, see [`Destinations`].

use cdc_checks::Text;
use futures_util::{TryStreamExt, stream};
use tokio::time::{Instant, timeout_at};

use super::config::Config;
use super::problem::{Kind, Problem};
use crate::gather::{Destinations, NoAddress};
use crate::report::escape_terminal;
use crate::request::Request;

/// Names that are resolved at the same time.
const LOOKUPS_AT_ONCE: usize = 8;

/// Refuses requests whose source is where the operator lets nobody go, and gives the way to those
/// of the others: what their names were resolved to, and nothing else.
///
/// # Errors
/// The first request that is refused, as a problem for the caller.
pub async fn admit(config: &Config, requests: &[Request]) -> Result<Destinations, Problem> {
    let destinations = config.destinations().remembering();
    let deadline = Instant::now() + config.deadlines.connect;
    stream::iter(requests.iter().filter(|request| request.has_address()).map(Ok))
        .try_for_each_concurrent(LOOKUPS_AT_ONCE, |request| {
            admit_one(&destinations, request, deadline)
        })
        .await?;
    Ok(destinations)
}

async fn admit_one(
    destinations: &Destinations,
    request: &Request,
    deadline: Instant,
) -> Result<(), Problem> {
    let (host, port) = (request.host(), request.port());
    match timeout_at(deadline, destinations.addresses(host, port)).await {
        // A name that leads nowhere, or is long in coming, is a finding of the visit.
        Ok(Ok(_) | Err(NoAddress::Unresolved(_))) => Ok(()),
        Err(_) if destinations.names(host, port) => Ok(()),
        Ok(Err(NoAddress::NotAllowed)) | Err(_) => {
            tracing::warn!(host, port, "a target is refused");
            let host = escape_terminal(&Text::new(host));
            let detail =
                format!("{host}, port {port}, is none of the targets that the operator allows.");
            Err(Problem::new(Kind::TargetRefused, detail))
        }
    }
}
