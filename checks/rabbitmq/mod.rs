//! What must hold on RabbitMQ for its queues to be read.

mod policy;
mod queues;

use crate::check::catalogue;

catalogue! { crate::facts::RabbitMq:
    address,
    vhost,
    connection_limit,
    guest_account,
    queue_exists,
    queue_exclusive,
    queue_state,
    read_permission,
    stream_queue,
    prefetch,
    ordering,
    competing_consumers,
    queue_durable,
    queue_lifetime,
    message_ttl,
    max_length,
    dead_letter,
    backlog,
    alarms,
    heartbeat,
}
