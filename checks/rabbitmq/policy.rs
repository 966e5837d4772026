//! What takes a setting off a queue: a change of its policy, or another queue in its place.

use serde_json::{Map, Value};

use crate::facts::RabbitMq;
use crate::facts::rabbitmq::{Origin, Queue, QueueDetails};
use crate::quote::{rabbitmq, shell};
use crate::{Actor, Remedy, Step};

/// The priority of a policy that is made for one queue: above what people use.
const PRIORITY: &str = "100";

/// The steps that free a queue of these settings, named without `x-`.
pub(super) fn without(broker: &RabbitMq, queue: &Queue, names: &[&str]) -> Remedy {
    let Some(details) = queue.details.known() else { return Remedy::none() };
    let is_set = |origin| {
        let of = |name: &&str| details.setting(name).is_some_and(|it| it.origin == origin);
        names.iter().any(of)
    };
    let mut remedy = Remedy::none();
    if is_set(Origin::Policy) {
        remedy = remedy.then(by_policy(broker, queue, details, names));
    }
    if is_set(Origin::Argument) {
        remedy = remedy.then(by_another_queue(queue, names));
    }
    remedy
}

/// A policy of the queue's own, which holds everything else that its policies say. A policy that
/// says nothing else is taken back as a whole.
fn by_policy(broker: &RabbitMq, queue: &Queue, details: &QueueDetails, names: &[&str]) -> Step {
    let vhost = shell::word(broker.vhost.untrusted());
    let kept = definition(details, names);
    if let (Some(operator), None) = (&details.operator_policy, &details.policy) {
        let name = shell::word(operator.untrusted());
        return Step::command(format!("rabbitmqctl clear_operator_policy --vhost {vhost} {name}"))
            .note(
                "the policy may hold for other queues as well: `rabbitmqctl \
                   list_operator_policies`",
            );
    }
    if let (true, Some(policy)) = (kept.is_empty(), &details.policy) {
        let name = shell::word(policy.untrusted());
        return Step::command(format!("rabbitmqctl clear_policy --vhost {vhost} {name}"))
            .note("the policy may hold for other queues as well: `rabbitmqctl list_policies`");
    }
    own_policy(broker, queue, kept)
}

/// What the policies of a queue come to, without some settings.
fn definition(details: &QueueDetails, without: &[&str]) -> Map<String, Value> {
    let kept = details.policy_definition.iter();
    let kept = kept.filter(|(name, _)| !without.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), typed(value.untrusted()))).collect()
}

fn own_policy(broker: &RabbitMq, queue: &Queue, definition: Map<String, Value>) -> Step {
    let (vhost, name) = (shell::word(broker.vhost.untrusted()), queue.name.untrusted());
    let policy = shell::word(&format!("eventbridge-{name}"));
    let pattern = shell::word(&rabbitmq::exactly(name));
    let definition = shell::word(&Value::Object(definition).to_string());
    Step::command(format!(
        "rabbitmqctl set_policy --vhost {vhost} --apply-to queues --priority {PRIORITY} {policy} \
         {pattern} {definition}"
    ))
    .undo(format!("rabbitmqctl clear_policy --vhost {vhost} {policy}"))
    .note("one policy applies to a queue, the one with the highest priority")
}

/// The step that gives a queue one setting more, by a policy of its own.
pub(super) fn with(
    broker: &RabbitMq,
    queue: &Queue,
    details: &QueueDetails,
    name: &str,
    value: &str,
) -> Step {
    let mut definition = definition(details, &[]);
    definition.insert(name.into(), value.into());
    own_policy(broker, queue, definition)
}

/// A value as the definition of a policy has it: numbers and truths without quotes.
fn typed(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => text.into(),
    }
}

/// What an argument says, a queue keeps for ever.
fn by_another_queue(queue: &Queue, names: &[&str]) -> Step {
    let arguments: Vec<String> = names.iter().map(|name| format!("x-{name}")).collect();
    Step::manual(
        Actor::Admin,
        format!(
            "Declare another queue without {}, bind it as {} is bound, and name it in the request: \
             arguments cannot be changed.",
            arguments.join(" and "),
            queue.name.untrusted()
        ),
    )
}
