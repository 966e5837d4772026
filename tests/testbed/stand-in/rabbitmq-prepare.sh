# Runs once inside a container made from the bare Debian image; what it leaves becomes the stand-in
# image of RabbitMQ, with its management plugin.
set -eu
chmod 755 /usr/local/bin/docker-entrypoint.sh
rm -rf /var/lib/rabbitmq/mnesia /var/log/rabbitmq
mkdir -p /etc/rabbitmq/conf.d /var/log/rabbitmq /var/lib/rabbitmq
echo '[rabbitmq_management].' >/etc/rabbitmq/enabled_plugins
# One name wherever the container runs, so that the data of before is found after a restart.
echo 'NODENAME=rabbit@localhost' >/etc/rabbitmq/rabbitmq-env.conf
chown -R rabbitmq:rabbitmq /etc/rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
# A rolling release may have moved on: the tag must not lie.
version=$(HOME=/var/lib/rabbitmq rabbitmqctl version | tail -n 1)
case $version in
    "${STAND_IN_VERSION%-management}".*) ;;
    *)
        echo "this is not $STAND_IN_VERSION: $version" >&2
        exit 1
        ;;
esac
