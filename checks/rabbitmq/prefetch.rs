//! How many messages may be on their way is bounded.

use super::queues::{each_detailed, finding};
use crate::facts::RabbitMq;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/prefetch",
    title: "messages on their way are bounded",
    level: Level::Recommended,
    tags: &["queue", "request"],
    doc: include_str!("prefetch.md"),
    judge,
    remedy,
};

const NO_FIELD: &str = "a stream gives nothing to a consumer that names no prefetch count, and \
                        this kind of source has no field for it";
const ONE: &str =
    "each message waits until the one before it is acknowledged: a round trip for each";

fn judge(broker: &RabbitMq, want: &Intent) -> Result<Verdict, Missing> {
    let field = |outcome| Finding::of(Subject::Field("PrefetchCount".into()), outcome);
    match want.consumption.prefetch {
        Some(1) => Ok(field(Outcome::Warn).observed("1").because(ONE).into()),
        Some(count) => Ok(field(Outcome::Pass).observed(count.to_string()).into()),
        None => each_detailed(broker, |queue, details| match details.is_stream() {
            true => finding(queue, Outcome::Warn).because(NO_FIELD),
            false => finding(queue, Outcome::Pass).observed("left to the service"),
        }),
    }
}

fn remedy(finding: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::request(match finding.subject {
        Subject::Queue(_) => {
            "Read a quorum queue, or use SourceRabbitMQMsgSyncParameters with PrefetchCount."
        }
        _ => "Write PrefetchCount: \"100\", unless order is all that counts.",
    })
    .into()
}
