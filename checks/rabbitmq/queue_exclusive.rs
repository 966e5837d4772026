//! No other connection has the queue to itself.

use super::queues::{code, declared, each, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/queue-exclusive",
    title: "the queue is not locked",
    level: Level::Required,
    tags: &["queue"],
    doc: include_str!("queue_exclusive.md"),
    judge,
    remedy,
};

const LOCKED: &str =
    "the queue is exclusive: it belongs to the connection that declared it, and goes with that";
const ALONE: &str = "one of its consumers wants no other beside itself: every other one is refused";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each(broker, |queue| {
        let failed = |why: &str| finding(queue, Outcome::Fail).expected("shared").because(why);
        if queue.declared.get().is_err_and(|missing| code(&missing) == Some("405")) {
            return Ok(failed(LOCKED).observed("exclusive"));
        }
        declared(queue)?;
        Ok(match queue.details.known() {
            Some(details) if details.exclusive => failed(LOCKED).observed("exclusive"),
            Some(details) if details.exclusive_consumer => {
                failed(ALONE).observed("an exclusive consumer")
            }
            _ => finding(queue, Outcome::Pass),
        })
    })
}

fn remedy(finding: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    let is_consumer = finding.message.as_ref().is_some_and(|it| it.untrusted() == ALONE);
    Step::manual(
        Actor::Admin,
        match is_consumer {
            true => "Have the application consume without `exclusive`, or leave the queue.",
            false => {
                "Have the application declare a queue that is not exclusive, durable, and bound as \
                 this one."
            }
        },
    )
    .into()
}
