//! What a broker says of a queue, without taking anything from it.

use cdc_checks::facts::Fact;
use cdc_checks::facts::rabbitmq::{Permissions, Queue, Reading};
use cdc_checks::{Missing, Text};
use regex::Regex;
use tokio::time::Instant;

use super::amqp::{Failure, Session};
use crate::gather::LiveProbe;

/// The broker's code for an argument that it does not take.
const PRECONDITION_FAILED: u16 = 406;

/// The only product whose order of checks is known.
const RABBITMQ: &str = "RabbitMQ";

/// Queues that nothing is known of but their names, because of `missing`.
pub(super) fn unread(names: &[Text], missing: &Missing) -> Vec<Queue> {
    let queue = |name: &Text| Queue {
        name: name.clone(),
        declared: Fact::Missing(missing.clone()),
        reading: Fact::Missing(missing.clone()),
        details: Fact::Missing(missing.clone()),
    };
    names.iter().map(queue).collect()
}

/// Whether the broker says that there is no such queue.
pub(super) fn is_absent(queue: &Queue) -> bool {
    matches!(queue.declared.get(), Err(Missing::Refused { code: Some(code), .. }) if code == "404")
}

/// How queues are asked for.
pub(super) struct Asker {
    pub(super) probing: LiveProbe,
    pub(super) product: Option<Text>,
    pub(super) permissions: Option<Permissions>,
    /// When the visit is over.
    pub(super) end: Instant,
}

impl Asker {
    /// Asks whether a queue is there, and whether the account may consume from it.
    pub(super) async fn ask(&self, session: &mut Session, queue: &mut Queue) {
        session.allow(self.end.saturating_duration_since(Instant::now()));
        let name = queue.name.untrusted().to_owned();
        let declared = session.declare_passively(&name).await;
        queue.declared = declared.map_err(|failure| failure.missing("the queue")).into();
        queue.reading = match self.untried() {
            None => self.try_to_consume(session, &name).await,
            Some(missing) => self.matched(&name).unwrap_or(Err(missing)),
        }
        .into();
    }

    async fn try_to_consume(&self, session: &mut Session, name: &str) -> Result<Reading, Missing> {
        match session.consume_in_vain(name).await {
            Ok(()) | Err(Failure::Refused { code: PRECONDITION_FAILED, .. }) => {
                Ok(Reading::Permitted)
            }
            Err(failure) => Err(failure.missing("consuming")),
        }
    }

    /// Why nothing is tried; `None` where it is.
    fn untried(&self) -> Option<Missing> {
        let not_asked = |why: &str| Missing::NotAsked {
            what: "whether the account may consume".into(),
            why: why.into(),
        };
        if self.probing == LiveProbe::Never {
            return Some(not_asked("the probe is left out"));
        }
        let is_known = self.product.as_ref().is_some_and(|name| name.untrusted() == RABBITMQ);
        let why = "another product may let the consumer in that RabbitMQ has to refuse";
        (!is_known).then(|| not_asked(why))
    }

    /// What the permission's expression says, where an administrator asks.
    fn matched(&self, name: &str) -> Option<Result<Reading, Missing>> {
        let read = self.permissions.as_ref()?.read.untrusted();
        // The empty expression matches nothing here.
        let is_match = !read.is_empty() && Regex::new(read).ok()?.is_match(name);
        Some(match is_match {
            true => Ok(Reading::Matched),
            false => Err(Missing::Refused {
                what: "consuming".into(),
                detail: format!("the permission to read is {read:?}").into(),
                code: Some("403".into()),
            }),
        })
    }
}
