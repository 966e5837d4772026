//! No alarm of memory or disk blocks those who publish.

use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/alarms",
    title: "no alarm blocks publishers",
    level: Level::Recommended,
    tags: &["capacity"],
    doc: include_str!("alarms.md"),
    judge,
    remedy,
};

const BLOCKED: &str =
    "publishers are blocked on all nodes until it is over: nothing new comes into any queue";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    let alarms: Vec<&str> = broker.alarms.get()?.iter().map(Text::untrusted).collect();
    if alarms.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("no alarm").into());
    }
    let observed = format!("alarm: {}", alarms.join(", "));
    let finding = Finding::server(Outcome::Warn).expected("no alarm").observed(observed);
    Ok(finding.because(BLOCKED).into())
}

fn remedy(_: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    let is = |word: &str| {
        broker.alarms.known().is_some_and(|all| all.iter().any(|it| it.untrusted().contains(word)))
    };
    let mut remedy = Remedy::none();
    if is("disk") {
        let instruction = "Free space on the disk of the broker's data, or lower disk_free_limit: \
                           `rabbitmqctl set_disk_free_limit`.";
        remedy = remedy.then(Step::manual(Actor::Admin, instruction));
    }
    if is("memory") {
        let instruction = "Have long queues read, give the broker more memory, or raise \
                           vm_memory_high_watermark: `rabbitmqctl set_vm_memory_high_watermark`.";
        remedy = remedy.then(Step::manual(Actor::Admin, instruction));
    }
    if remedy.steps.is_empty() {
        let instruction = "Find out with `rabbitmq-diagnostics alarms` what it is about.";
        remedy = remedy.then(Step::manual(Actor::Admin, instruction));
    }
    remedy
}
