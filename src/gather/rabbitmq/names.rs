//! Which queues are asked for, and which ones are near to those that are not there.

use cdc_checks::facts::rabbitmq::{Management as Access, Queue};
use cdc_checks::request::fields::nearest;
use cdc_checks::{Intent, Missing, Text};

use super::management::Management;
use super::queues::is_absent;

/// Names that are offered in place of missing ones.
const MOST_NEAR: usize = 5;

/// The queues of the request, or every one of the virtual host.
///
/// # Errors
/// Nobody says which there are.
pub(super) async fn wanted(
    want: &Intent,
    management: &Management,
    access: Option<&Access>,
) -> Result<Vec<Text>, Missing> {
    let named = &want.consumption.queues;
    if !named.is_empty() {
        return Ok(named.clone());
    }
    let unnamed = |why: &str| Missing::NotAsked { what: "the queue".into(), why: why.into() };
    const NAME_IT: &str = "the request names none, and the management API does not tell which \
                           there are: name it with --queue";
    if access.is_none() {
        return Err(unnamed(NAME_IT));
    }
    management.queue_names(want.database.untrusted()).await
}

/// The names of queues that are near to those that are not there.
pub(super) async fn near(queues: &[Queue], management: &Management, vhost: &str) -> Vec<Text> {
    // Without the list there is nothing to offer.
    let Ok(names) = management.queue_names(vhost).await else { return Vec::new() };
    let mut near: Vec<Text> = Vec::new();
    for queue in queues.iter().filter(|queue| is_absent(queue)) {
        let found = nearest(queue.name.untrusted(), names.iter().map(Text::untrusted));
        let found = found.map(Text::new).filter(|name| !near.contains(name));
        near.extend(found);
    }
    near.truncate(MOST_NEAR);
    near
}
