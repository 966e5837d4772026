//! The queue outlives a restart of the broker.

use super::queues::{each_detailed, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/queue-durable",
    title: "the queue outlives a restart",
    level: Level::Recommended,
    tags: &["queue", "durability"],
    doc: include_str!("queue_durable.md"),
    judge,
    remedy,
};

const GONE: &str =
    "the queue is gone when its node restarts, and every message in it; the stream then fails";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each_detailed(broker, |queue, details| match details.durable {
        true => finding(queue, Outcome::Pass).observed("durable"),
        false => finding(queue, Outcome::Warn)
            .expected("durable")
            .observed("transient")
            .because(GONE)
            .strictly(),
    })
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Admin,
        "Have the application declare it durable, best as a quorum queue: delete this one once it \
         is empty.",
    )
    .note("messages have to be published as persistent, too (delivery mode 2)")
    .into()
}
