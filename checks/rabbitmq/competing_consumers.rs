//! No other consumer takes messages from the queue.

use super::queues::{declared, each, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/competing-consumers",
    title: "nobody else takes the messages",
    level: Level::Recommended,
    tags: &["queue"],
    doc: include_str!("competing_consumers.md"),
    judge,
    remedy,
};

const SHARE: &str = "each message goes to one consumer only: what they get never becomes an event. \
                     A stream of EventBridge that reads the queue already counts as one";
const WAITS: &str = "the queue gives its messages to one consumer at a time: the stream waits \
                     until the other is gone";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each(broker, |queue| {
        let consumers = declared(queue)?.consumers;
        let details = queue.details.known();
        let finding = |outcome| {
            finding(queue, outcome).expected("no consumer").observed(consumers.to_string())
        };
        Ok(match details {
            _ if consumers == 0 => finding(Outcome::Pass),
            Some(details) if details.is_stream() => finding(Outcome::Pass),
            Some(details) if details.has_single_active_consumer() => {
                finding(Outcome::Warn).because(WAITS).strictly()
            }
            _ => finding(Outcome::Warn).because(SHARE).strictly(),
        })
    })
}

fn remedy(finding: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    let queue = finding.subject.name();
    Step::manual(
        Actor::Admin,
        format!(
            "Bind a queue of the stream's own to the exchange that feeds {}, and name that in the \
             request.",
            queue.untrusted()
        ),
    )
    .note("`rabbitmqctl list_consumers` shows who reads now")
    .into()
}
