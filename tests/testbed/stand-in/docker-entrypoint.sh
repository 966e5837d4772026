#!/bin/bash
# Entry point of the stand-in images. It honours the part of the official postgres, mysql and
# mariadb images that this project uses: the same variables, /docker-entrypoint-initdb.d,
# arguments that are server flags, and a network port that opens only when initialisation is over.
#
# The data directory is initialised when the image is built and carries the file .pristine until
# the first start gives it its password; so a container is up in about a second.
set -euo pipefail

initdb_directory=/docker-entrypoint-initdb.d

# Runs a command as the server's own account.
as_server() { setpriv --reuid="$account" --regid="$account" --init-groups -- "$@"; }

# The value of the first of the named variables that is set, else nothing.
first_of() {
    local name
    for name in "$@"; do
        if [ -n "${!name:-}" ]; then
            printf '%s' "${!name}"
            return
        fi
    done
}

# A quoted SQL string. Backslashes count for MySQL and MariaDB, not for PostgreSQL.
literal() {
    local text=$1
    if [ "$account" = mysql ]; then text=${text//\\/\\\\}; fi
    printf "'%s'" "${text//\'/\'\'}"
}

# A quoted PostgreSQL name.
identifier() { printf '"%s"' "${1//\"/\"\"}"; }

has_scripts() { compgen -G "$initdb_directory/*" >/dev/null; }

run_scripts() {
    local script
    for script in "$initdb_directory"/*; do
        echo "stand-in: running $script"
        case $script in
            *.sh) bash "$script" ;;
            *.sql) client <"$script" ;;
            *) echo "stand-in: ignoring $script" ;;
        esac
    done
}

# ---- PostgreSQL -------------------------------------------------------------------------------

postgres_initialise() {
    local user=$1
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 700 "$PGDATA"
    as_server initdb --pgdata="$PGDATA" --username="$user" --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host="$PG_HOST_AUTH" >/dev/null
    echo "host all all all $PG_HOST_AUTH" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    touch "$PGDATA/.pristine"
}

postgres_first_start() {
    local user=${POSTGRES_USER:-postgres} database
    database=${POSTGRES_DB:-$user}
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "stand-in: POSTGRES_PASSWORD must be set" >&2
        exit 1
    fi
    if [ "$user" != postgres ]; then
        find "$PGDATA" -mindepth 1 -delete
        postgres_initialise "$user"
    fi
    {
        printf 'alter role %s password %s;\n\n' \
            "$(identifier "$user")" "$(literal "$POSTGRES_PASSWORD")"
        if [ "$database" != postgres ]; then
            printf 'create database %s;\n\n' "$(identifier "$database")"
        fi
    } | as_server postgres --single -j -D "$PGDATA" postgres >/dev/null
    if has_scripts; then
        client() { psql -X --quiet --set=ON_ERROR_STOP=1 --username="$user" --dbname="$database"; }
        as_server pg_ctl --pgdata="$PGDATA" --wait --silent -o "-c listen_addresses=''" start
        POSTGRES_USER=$user POSTGRES_DB=$database run_scripts
        as_server pg_ctl --pgdata="$PGDATA" --wait --silent --mode=fast stop
    fi
    rm "$PGDATA/.pristine"
}

run_postgres() {
    account=postgres
    if [ ! -s "$PGDATA/PG_VERSION" ]; then postgres_initialise postgres; fi
    if [ -e "$PGDATA/.pristine" ]; then postgres_first_start; fi
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
}

# ---- MySQL and MariaDB ------------------------------------------------------------------------

data=/var/lib/mysql

mysql_initialise() {
    mkdir -p "$data"
    chown -R mysql:mysql "$data"
    if [ "$1" = mysqld ]; then
        as_server mysqld --initialize-insecure
        # Each server gets an identity of its own at its first start.
        rm -f "$data/auto.cnf"
    else
        mariadb-install-db --user=mysql --datadir="$data" --skip-test-db \
            --auth-root-authentication-method=normal >/dev/null
    fi
    touch "$data/.pristine"
}

# The accounts and the database, one statement a line as --init-file wants them.
mysql_first_statements() {
    local password database
    password=$(literal "$(first_of MYSQL_ROOT_PASSWORD MARIADB_ROOT_PASSWORD)")
    database=$(first_of MYSQL_DATABASE MARIADB_DATABASE)
    echo "set session sql_log_bin = 0;"
    if [ "$1" = mariadbd ]; then
        # mariadb-install-db leaves accounts without a password; only root@localhost is wanted.
        echo "delete from mysql.global_priv" \
            "where user = '' or (user = 'root' and host <> 'localhost');"
        echo "flush privileges;"
    fi
    echo "alter user 'root'@'localhost' identified by $password;"
    echo "create user 'root'@'%' identified by $password;"
    echo "grant all privileges on *.* to 'root'@'%' with grant option;"
    if [ -n "$database" ]; then echo "create database if not exists \`${database//\`/\`\`}\`;"; fi
}

mysql_run_scripts() {
    local pid attempt
    local MYSQL_PWD
    MYSQL_PWD=$(first_of MYSQL_ROOT_PASSWORD MARIADB_ROOT_PASSWORD)
    export MYSQL_PWD
    connect() { "$client_program" --user=root --protocol=socket "$@"; }
    client() { connect "$(first_of MYSQL_DATABASE MARIADB_DATABASE)"; }
    # Not through as_server: the id must be the server's, not that of a shell that waits for it.
    setpriv --reuid=mysql --regid=mysql --init-groups -- "$@" --skip-networking &
    pid=$!
    for attempt in $(seq 300); do
        if connect -e 'select 1' >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    run_scripts
    kill "$pid"
    wait "$pid"
}

run_mysql() {
    account=mysql
    if [ "$1" = mysqld ]; then client_program=mysql; else client_program=mariadb; fi
    if [ ! -d "$data/mysql" ]; then mysql_initialise "$1"; fi
    if [ -e "$data/.pristine" ]; then
        if [ -z "$(first_of MYSQL_ROOT_PASSWORD MARIADB_ROOT_PASSWORD)" ]; then
            echo "stand-in: MYSQL_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD must be set" >&2
            exit 1
        fi
        rm "$data/.pristine"
        # The statements hold the password: they pass through a pipe and are never stored.
        local statements=/run/mysqld/first-statements
        mkfifo --mode=600 "$statements"
        chown mysql:mysql "$statements"
        (
            mysql_first_statements "$1" >"$statements"
            rm "$statements"
        ) &
        if has_scripts; then
            mysql_run_scripts "$@" --init-file="$statements"
        else
            set -- "$@" --init-file="$statements"
        fi
    fi
    exec setpriv --reuid=mysql --regid=mysql --init-groups -- "$@"
}

# ---- Which server -----------------------------------------------------------------------------

if [ $# -eq 0 ] || [ "${1#-}" != "$1" ]; then set -- "$STAND_IN_SERVER" "$@"; fi
case $1 in
    postgres) run_postgres "$@" ;;
    mysqld | mariadbd) run_mysql "$@" ;;
    initialise)
        case $STAND_IN_SERVER in
            postgres) account=postgres && postgres_initialise postgres ;;
            *) account=mysql && mysql_initialise "$STAND_IN_SERVER" ;;
        esac
        ;;
    *) exec "$@" ;;
esac
