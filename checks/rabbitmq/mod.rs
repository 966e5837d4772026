//! What must hold on RabbitMQ for its queues to be read.

mod policy;
mod queues;

use crate::check::catalogue;

catalogue! { crate::facts::RabbitMq:
    address in zh,
    vhost in zh,
    connection_limit in zh,
    guest_account,
    queue_exists in zh,
    queue_exclusive in zh,
    queue_state in zh,
    read_permission in zh,
    stream_queue,
    prefetch,
    ordering in zh,
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
