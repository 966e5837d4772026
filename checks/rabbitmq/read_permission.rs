//! The account may consume from the queue.

use super::queues::{code, declared, each, finding, words};
use super::vhost;
use crate::facts::RabbitMq;
use crate::facts::rabbitmq::Reading;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/read-permission",
    title: "the account may consume",
    level: Level::Required,
    tags: &["privileges", "queue"],
    doc: include_str!("read_permission.md"),
    judge,
    remedy,
};

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each(broker, |queue| {
        declared(queue)?;
        match queue.reading.get() {
            Ok(Reading::Permitted) => Ok(finding(queue, Outcome::Pass).observed("tried")),
            Ok(Reading::Matched) => {
                Ok(finding(queue, Outcome::Pass).observed("the permission's expression matches"))
            }
            Err(missing) if code(&missing) == Some("403") => {
                Ok(finding(queue, Outcome::Fail).observed(words(&missing)))
            }
            Err(missing) => Err(missing),
        }
    })
}

fn remedy(_: &Finding, broker: &RabbitMq, want: &Intent) -> Remedy {
    vhost::grant(broker, want).into()
}
