//! A connection that is lost is noticed.

use crate::facts::RabbitMq;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/heartbeat",
    title: "a lost connection is noticed",
    level: Level::Recommended,
    tags: &["connection"],
    doc: include_str!("heartbeat.md"),
    judge,
    remedy,
};

const NEVER: &str = "without heartbeats a connection that a firewall dropped stays open for the \
                     broker: its unacknowledged messages wait, and nobody is told";
const SHORT: &str =
    "a pause of a few seconds, of the network or of the reader, ends the connection";
/// What the makers of RabbitMQ call prone to false alarms.
const TOO_SHORT: u16 = 5;

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    let seconds = broker.tuning.get()?.heartbeat_seconds;
    let finding = |outcome| {
        Finding::server(outcome).expected("60 s").observed(match seconds {
            0 => "off".to_owned(),
            seconds => format!("{seconds} s"),
        })
    };
    Ok(match seconds {
        0 => finding(Outcome::Warn).because(NEVER),
        1..TOO_SHORT => finding(Outcome::Warn).because(SHORT),
        _ => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::config("rabbitmq.conf", "", "heartbeat = 60").by_admin().costs(Cost::Restart).into()
}
