//! Checks of queues judge each one by itself.

use crate::facts::RabbitMq;
use crate::facts::rabbitmq::{Declared, Queue, QueueDetails};
use crate::{Finding, Missing, Outcome, Subject, Verdict};

/// A finding about a queue.
pub(super) fn finding(queue: &Queue, outcome: Outcome) -> Finding {
    Finding::of(Subject::Queue(queue.name.clone()), outcome)
}

/// The verdict on every queue, each by what `judge` says of it.
///
/// # Errors
/// The reason why the queues are not known.
pub(super) fn each(
    broker: &RabbitMq,
    judge: impl Fn(&Queue) -> Result<Finding, Missing>,
) -> Result<Verdict, Missing> {
    let queues = broker.queues.get()?;
    let judged = queues.iter().map(|queue| {
        judge(queue)
            .unwrap_or_else(|missing| Finding::unknown(Subject::Queue(queue.name.clone()), missing))
    });
    Ok(Verdict::each(judged))
}

/// The verdict on every queue that is there, each by what the management API says of it.
///
/// # Errors
/// As [`each`].
pub(super) fn each_detailed(
    broker: &RabbitMq,
    judge: impl Fn(&Queue, &QueueDetails) -> Finding,
) -> Result<Verdict, Missing> {
    each(broker, |queue| {
        declared(queue)?;
        Ok(judge(queue, queue.details.get()?))
    })
}

/// That a queue is there.
///
/// # Errors
/// Where it is not, or is locked, another check says so.
pub(super) fn declared(queue: &Queue) -> Result<&Declared, Missing> {
    queue.declared.get().map_err(|missing| {
        let because = match code(&missing) {
            Some("404") => "rabbitmq/queue-exists",
            Some("405") => "rabbitmq/queue-exclusive",
            _ => return missing,
        };
        Missing::NotReached { because: because.into() }
    })
}

/// The broker's code in a refusal, for example `404`.
pub(super) fn code(missing: &Missing) -> Option<&str> {
    match missing {
        Missing::Refused { code: Some(code), .. } => Some(code),
        _ => None,
    }
}

/// The broker's words in a refusal.
pub(super) fn words(missing: &Missing) -> &str {
    match missing {
        Missing::Refused { detail, .. } => detail.untrusted(),
        _ => "",
    }
}

/// The queue that a finding is about.
pub(super) fn of<'a>(finding: &Finding, broker: &'a RabbitMq) -> Option<&'a Queue> {
    let Subject::Queue(name) = &finding.subject else { return None };
    broker.queues.known()?.iter().find(|queue| queue.name == *name)
}
