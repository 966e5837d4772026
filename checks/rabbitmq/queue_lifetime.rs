//! The queue stays when nobody reads it.

use super::policy;
use super::queues::{each_detailed, finding, of};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/queue-lifetime",
    title: "the queue stays when nobody reads",
    level: Level::Recommended,
    tags: &["queue", "durability"],
    doc: include_str!("queue_lifetime.md"),
    judge,
    remedy,
};

const EXPIRES: &str = "expires";
const LEAVES: &str = "the queue is deleted when its last consumer leaves: pausing the stream \
                      deletes it, and what waits in it";
const UNUSED: &str = "the queue is deleted when nobody has used it for so long: a pause of the \
                      stream that is longer deletes it, and what waits in it";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each_detailed(broker, |queue, details| {
        let warning = |observed: String, why: &str| {
            let finding = finding(queue, Outcome::Warn).expected("it stays").observed(observed);
            finding.because(why).strictly()
        };
        if details.auto_delete {
            return warning("auto-delete".into(), LEAVES);
        }
        match details.setting(EXPIRES) {
            Some(expires) => warning(format!("expires = {} ms", expires.value.untrusted()), UNUSED),
            None => finding(queue, Outcome::Pass),
        }
    })
}

fn remedy(finding: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    let Some(queue) = of(finding, broker) else { return Remedy::none() };
    if queue.details.known().is_some_and(|details| details.auto_delete) {
        let instruction = "Have the application declare it without auto-delete: delete this one \
                           once it is empty.";
        return Step::manual(Actor::Admin, instruction).into();
    }
    policy::without(broker, queue, &[EXPIRES])
}
