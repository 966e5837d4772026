//! Messages come in the order in which they were published, where that is wanted.

use super::queues::{declared, each, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/ordering",
    title: "messages come in order",
    level: Level::Required,
    tags: &["queue", "request"],
    doc: include_str!("ordering.md"),
    judge,
    remedy,
};

const SHARED: &str = "the broker deals messages out among the consumers that are there: which of \
                      them are done first, nobody can say";
const RECONNECT: &str = "a reader that reconnects is a second consumer for a moment, and gets what \
                         the first one still has";

fn judge(broker: &RabbitMq, want: &Intent) -> Result<Verdict, Missing> {
    if !want.consumption.ordered {
        return Ok(Verdict::not_applicable("the request does not ask for order"));
    }
    each(broker, |queue| {
        let consumers = declared(queue)?.consumers;
        let finding = |outcome| finding(queue, outcome).expected("a single active consumer");
        Ok(match queue.details.known() {
            Some(details) if details.has_single_active_consumer() || details.is_stream() => {
                finding(Outcome::Pass)
            }
            _ if consumers > 0 => finding(Outcome::Fail)
                .observed(format!("other consumers: {consumers}"))
                .because(SHARED),
            Some(_) => finding(Outcome::Warn).observed("any number at a time").because(RECONNECT),
            None => finding(Outcome::Pass).observed("no other consumer"),
        })
    })
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    let declare = "Declare a queue with x-single-active-consumer, bind it as this one, and name it \
                   in the request: arguments cannot be changed.";
    Remedy::from(Step::manual(Actor::Admin, declare)).then(Step::request(
        "Or write OrderConsume: \"false\" where consumers can live without order, which is also \
         faster.",
    ))
}
