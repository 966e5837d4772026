//! A message that was delivered too often has a place to go.

use super::policy;
use super::queues::{each_detailed, finding, of};
use crate::facts::RabbitMq;
use crate::facts::rabbitmq::QueueDetails;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/dead-letter",
    title: "what is given up has a place to go",
    level: Level::Recommended,
    tags: &["queue", "durability"],
    doc: include_str!("dead_letter.md"),
    judge,
    remedy,
};

const LIMIT: &str = "delivery-limit";
const EXCHANGE: &str = "dead-letter-exchange";
/// What quorum queues have since RabbitMQ 4.0, where nothing is said.
const DEFAULT: u64 = 20;

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    let has_default = broker.server.known().is_none_or(|server| {
        let major = server.version.untrusted().split('.').next();
        major.and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major >= 4)
    });
    each_detailed(broker, |queue, details| {
        let Some(limit) = limit(details, has_default) else { return finding(queue, Outcome::Pass) };
        if details.setting(EXCHANGE).is_some() {
            return finding(queue, Outcome::Pass).observed("an exchange for dead letters");
        }
        finding(queue, Outcome::Warn)
            .expected("an exchange for dead letters")
            .observed(format!("delivery-limit = {limit}"))
            .because(format!(
                "a message that was returned {limit} times, for example by a stream that keeps \
                 reconnecting, is dropped without a word"
            ))
            .strictly()
    })
}

/// How often a quorum queue delivers a message again; `None` for no limit.
fn limit(details: &QueueDetails, has_default: bool) -> Option<u64> {
    if details.kind.untrusted() != "quorum" {
        return None;
    }
    match details.setting(LIMIT) {
        // Below zero, which is no limit.
        Some(limit) => limit.number(),
        None => has_default.then_some(DEFAULT),
    }
}

fn remedy(finding: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    let Some(queue) = of(finding, broker) else { return Remedy::none() };
    let Some(details) = queue.details.known() else { return Remedy::none() };
    let declare =
        "Declare the exchange dead-letters, and bind a queue to it: what is given up waits there.";
    Remedy::from(Step::manual(Actor::Admin, declare)).then(policy::with(
        broker,
        queue,
        details,
        EXCHANGE,
        "dead-letters",
    ))
}
