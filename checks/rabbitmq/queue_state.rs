//! The queue runs.

use super::queues::{declared, each, finding};
use crate::facts::RabbitMq;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/queue-state",
    title: "the queue runs",
    level: Level::Required,
    tags: &["queue"],
    doc: include_str!("queue_state.md"),
    judge,
    remedy,
};

/// The states in which a queue delivers. `flow` slows its publishers down.
const RUNNING: [&str; 3] = ["running", "flow", "idle"];

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    each(broker, |queue| {
        declared(queue)?;
        // The broker answered for it: without the management API that is what is known.
        let Some(details) = queue.details.known() else {
            return Ok(finding(queue, Outcome::Pass).observed("it answers"));
        };
        let state = details.state.clone();
        let is_running = RUNNING.contains(&state.untrusted());
        let outcome = if is_running { Outcome::Pass } else { Outcome::Fail };
        Ok(finding(queue, outcome).expected("running").observed(state))
    })
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Admin,
        "Bring the node of the queue, or a majority of its members, up again: `rabbitmqctl \
         cluster_status` and `rabbitmq-queues quorum_status` show which are down.",
    )
    .into()
}
