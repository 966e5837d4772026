//! The queue is no stream, which keeps what was read.

use super::queues::{each_detailed, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/stream-queue",
    title: "the queue gives its messages away",
    level: Level::Recommended,
    tags: &["queue"],
    doc: include_str!("stream_queue.md"),
    judge,
    remedy,
};

const STREAM: &str = "a stream keeps its messages, and a reader says from which on it reads: the \
                      request has no field for that, so that messages may come again or not at all";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each_detailed(broker, |queue, details| match details.is_stream() {
        true => finding(queue, Outcome::Warn)
            .expected("classic or quorum")
            .observed("stream")
            .because(STREAM)
            .strictly(),
        false => finding(queue, Outcome::Pass).observed(details.kind.clone()),
    })
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Admin,
        "Bind a quorum queue beside the stream, and name that in the request.",
    )
    .into()
}
