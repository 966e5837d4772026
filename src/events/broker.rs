//! The events of a RabbitMQ: each message becomes one, in the shape that EventBridge documents.
//! What stands in a message is its publisher's choice, so that there is no contract to compare.

use std::fmt::Write as _;

use cdc_checks::{Engine, Intent, Text};

/// The shape of the events of a broker's queues, for people; `None` for databases. The names in it
/// are untrusted: escape it before it is printed.
pub fn message_events(intent: &Intent) -> Option<Text> {
    if intent.engine != Engine::RabbitMq {
        return None;
    }
    let vhost = intent.database.untrusted();
    let queues: Vec<&str> = intent.consumption.queues.iter().map(Text::untrusted).collect();
    let queue = if let [one] = queues.as_slice() { one } else { "QUEUE" };
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(out, "  {name:<8} {value}");
    };
    line("type", "amqp:Queue:SendMessage");
    line("source", "the stream's name");
    line(
        "subject",
        &format!("acs:amqp:REGION:ACCOUNT:/instances/ID/vhosts/{vhost}/queues/{queue}"),
    );
    line("data", "{ body, props: { contentEncoding, messageId },");
    line("", "  envelope: { deliveryTag, exchange, redeliver, routingKey } }");
    let heading = "Every message becomes one event [documented]:";
    let rest = "The body is what was published, read as BodyDataType says. Its schema is the \
                publisher's, and cannot be\nseen without taking a message from the queue. Messages \
                may come twice (at least once).";
    Some(Text::new(format!("{heading}\n{out}{rest}\n")))
}

#[cfg(test)]
mod tests {
    use cdc_checks::{Facts, Intent};

    use super::message_events;

    #[test]
    fn a_queue_has_a_shape_and_a_database_has_none() {
        let intent = |recording: &str| {
            let facts: Facts = serde_json::from_str(recording).expect("facts");
            Intent::of(&facts.request)
        };
        let shape = message_events(&intent(include_str!("../../tests/facts/rabbitmq.json")));
        let shape = shape.expect("a shape");
        assert!(shape.untrusted().contains("/vhosts/shop/queues/orders"), "{shape:?}");
        assert!(message_events(&intent(include_str!("../../tests/facts/mysql.json"))).is_none());
    }
}
