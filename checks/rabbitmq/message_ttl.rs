//! Messages wait until they are read.

use super::policy;
use super::queues::{each_detailed, finding, of};
use crate::facts::RabbitMq;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/message-ttl",
    title: "messages wait until they are read",
    level: Level::Recommended,
    tags: &["queue", "durability"],
    doc: include_str!("message_ttl.md"),
    judge,
    remedy,
};

const TTL: &str = "message-ttl";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each_detailed(broker, |queue, details| {
        let Some(ttl) = details.setting(TTL) else { return finding(queue, Outcome::Pass) };
        let where_to = match details.setting("dead-letter-exchange") {
            Some(exchange) => {
                let name = exchange.value.untrusted();
                format!("go to the exchange {name:?} instead of becoming events")
            }
            None => "are gone".into(),
        };
        finding(queue, Outcome::Warn)
            .expected("no limit")
            .observed(format!("message-ttl = {} ms", ttl.value.untrusted()))
            .because(format!(
                "messages that wait longer, because the stream is paused or slow, {where_to}"
            ))
            .strictly()
    })
}

fn remedy(finding: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    of(finding, broker).map_or_else(Remedy::none, |queue| policy::without(broker, queue, &[TTL]))
}
