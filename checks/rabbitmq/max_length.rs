//! A queue that is full loses no message.

use super::policy;
use super::queues::{each_detailed, finding, of};
use crate::facts::RabbitMq;
use crate::facts::rabbitmq::QueueDetails;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/max-length",
    title: "a full queue loses nothing",
    level: Level::Recommended,
    tags: &["queue", "durability"],
    doc: include_str!("max_length.md"),
    judge,
    remedy,
};

const LIMITS: [&str; 2] = ["max-length", "max-length-bytes"];

const DROPS: &str =
    "once it is full, each new message drops the oldest one, which never becomes an event";
const REFUSES: &str =
    "once it is full, publishers are refused: the application fails where the stream is slow";
const FORGETS: &str = "the stream forgets its oldest messages, read or not";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each_detailed(broker, |queue, details| {
        let Some(observed) = limits(details) else { return finding(queue, Outcome::Pass) };
        let overflow = details.setting("overflow");
        let refuses = overflow.is_some_and(|it| it.value.untrusted().starts_with("reject"));
        let warning = finding(queue, Outcome::Warn).expected("no limit").observed(observed);
        match (details.is_stream(), refuses) {
            (true, _) => warning.because(FORGETS).strictly(),
            (false, true) => warning.because(REFUSES),
            (false, false) => warning.because(DROPS).strictly(),
        }
    })
}

fn limits(details: &QueueDetails) -> Option<String> {
    let found = LIMITS.iter().filter_map(|name| {
        let setting = details.setting(name)?;
        Some(format!("{name} = {}", setting.value.untrusted()))
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| found.join(", "))
}

fn remedy(finding: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    let Some(queue) = of(finding, broker) else { return Remedy::none() };
    policy::without(broker, queue, &["max-length", "max-length-bytes", "overflow"])
}
