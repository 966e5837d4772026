//! The queue is there.

use super::queues::{code, finding};
use crate::facts::RabbitMq;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/queue-exists",
    title: "the queue is there",
    level: Level::Required,
    tags: &["queue"],
    doc: include_str!("queue_exists.md"),
    judge,
    remedy,
};

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    let queues = broker.queues.get()?;
    if queues.is_empty() {
        let none = Finding::of(Subject::Database(broker.vhost.clone()), Outcome::Fail);
        return Ok(none.expected("a queue").observed("none in the virtual host").into());
    }
    let judged = queues.iter().map(|queue| match queue.declared.get() {
        Ok(_) => finding(queue, Outcome::Pass),
        Err(missing) if code(&missing) == Some("404") => {
            finding(queue, Outcome::Fail).because(why(broker, &missing))
        }
        Err(missing) if code(&missing) == Some("405") => {
            finding(queue, Outcome::Pass).observed("locked by another connection")
        }
        Err(missing) => Finding::unknown(Subject::Queue(queue.name.clone()), missing),
    });
    Ok(Verdict::each(judged))
}

fn why(broker: &RabbitMq, missing: &Missing) -> String {
    let words = super::queues::words(missing);
    match near(broker) {
        Some(names) => format!("{words}. Near to it: {names}"),
        None => words.to_owned(),
    }
}

fn near(broker: &RabbitMq) -> Option<String> {
    let names: Vec<&str> = broker.near_names.iter().map(Text::untrusted).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn remedy(_: &Finding, broker: &RabbitMq, _: &Intent) -> Remedy {
    let vhost = broker.vhost.untrusted();
    let correct = match near(broker) {
        Some(names) => {
            format!("Correct the queue's name: in the virtual host {vhost} are {names}.")
        }
        None => format!(
            "Correct the queue's name: `rabbitmqctl list_queues --vhost` shows those of the \
             virtual host {vhost}."
        ),
    };
    Remedy::from(Step::request(correct)).then(Step::manual(
        Actor::Admin,
        "Or have the application declare it, durable, as it declares its others.",
    ))
}
