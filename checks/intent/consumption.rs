//! How queues of a message broker are read.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::facts::Request;

/// The queues that are read, and how.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consumption {
    /// The queues; where the list is empty, all of the virtual host.
    pub queues: Vec<Text>,
    /// How many messages may be unacknowledged at a time; `None` where the request has no such
    /// field, and the service's own choice is not published.
    pub prefetch: Option<u16>,
    /// Whether messages are to be read in the order in which they came.
    pub ordered: bool,
}

impl Consumption {
    /// What the service takes where the request does not say.
    pub const DEFAULT_PREFETCH: u16 = 100;

    /// What a request says of it.
    pub(super) fn of(request: &Request) -> Self {
        let has_prefetch =
            crate::request::fields::find(request.operation, "PrefetchCount").is_some();
        let prefetch = request.text("PrefetchCount").map(str::trim);
        let prefetch = match prefetch.filter(|text| !text.is_empty()) {
            Some(text) => text.parse().ok(),
            None => has_prefetch.then_some(Self::DEFAULT_PREFETCH),
        };
        let queue = request.text("QueueName").filter(|name| !name.is_empty());
        Self {
            queues: queue.map(Text::new).into_iter().collect(),
            prefetch,
            ordered: request.text("OrderConsume") == Some("true"),
        }
    }
}
