//! What waits in the queue is read within a reasonable time.

use super::queues::{declared, each, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/backlog",
    title: "what waits is read in time",
    level: Level::Recommended,
    tags: &["queue", "capacity"],
    doc: include_str!("backlog.md"),
    judge,
    remedy,
};

/// What the service reads at most: 100 requests a minute, of 1000 messages each.
const PER_MINUTE: u64 = 100_000;

fn judge(broker: &RabbitMq, want: &Intent) -> Result<Verdict, Missing> {
    let limit = want.thresholds.queue_backlog_warn;
    each(broker, |queue| {
        let ready = u64::from(declared(queue)?.messages);
        let messages = queue.details.known().map_or(ready, |details| details.messages.max(ready));
        let finding = |outcome| {
            finding(queue, outcome)
                .expected(format!("{limit} or fewer"))
                .observed(format!("{messages} messages"))
        };
        if messages <= limit {
            return Ok(finding(Outcome::Pass));
        }
        let minutes = messages.div_ceil(PER_MINUTE);
        Ok(finding(Outcome::Warn).because(format!(
            "they come before anything new: for {minutes} minutes at least, at the 100 requests of \
             1000 messages that the service allows itself in a minute"
        )))
    })
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Admin,
        "Bind a fresh queue and name it in the request where old messages are not wanted; \
         otherwise expect them first.",
    )
    .into()
}
