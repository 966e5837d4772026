# Runs once inside a container made from the bare Debian image; what it leaves becomes the stand-in
# image. STAND_IN_SERVER says which server; the entry point is already at its place.
set -eu
chmod 755 /usr/local/bin/docker-entrypoint.sh
mkdir -p /docker-entrypoint-initdb.d
case $STAND_IN_SERVER in
    postgres)
        rm -rf /var/lib/postgresql /etc/postgresql
        mkdir -p /var/lib/postgresql /var/run/postgresql
        chown postgres:postgres /var/lib/postgresql /var/run/postgresql
        chmod 3777 /var/run/postgresql
        ;;
    *)
        rm -rf /var/lib/mysql /var/log/mysql /etc/mysql/conf.d
        mkdir -p /etc/mysql/conf.d /var/lib/mysql-files /run/mysqld
        chown mysql:mysql /var/lib/mysql-files /run/mysqld
        rm -f /etc/mysql/my.cnf
        cp /tmp/my.cnf /etc/mysql/my.cnf
        ;;
esac
docker-entrypoint.sh initialise
# A rolling release may have moved on: the tag must not lie.
"$STAND_IN_SERVER" --version | grep -q -E "[ (]$STAND_IN_VERSION\." || {
    echo "this is not $STAND_IN_VERSION: $("$STAND_IN_SERVER" --version)" >&2
    exit 1
}
