#!/bin/bash
# Entry point of the stand-in for RabbitMQ. It honours the part of the official image that this
# project uses: RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS, which the broker itself reads, and
# /etc/rabbitmq/conf.d.
set -euo pipefail

if [ "${1:-rabbitmq-server}" != rabbitmq-server ]; then exec "$@"; fi
export HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
chown -R rabbitmq:rabbitmq /etc/rabbitmq /var/lib/rabbitmq
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups -- /usr/lib/rabbitmq/bin/rabbitmq-server
