#!/usr/bin/env bash
# Measures cdc-preflight as a whole process against the databases' own clients, on throwaway servers:
# medians of interleaved runs, processor time and peak memory. See benches/README.md.
#
#   benches/whole_process.sh [PRODUCT...]      postgres:17 mysql:9.7 mariadb:10.11 by default
#
# ROUNDS      runs of each contender (default 61)
# PREFLIGHT   the program (default: built with --release)
# BEFORE      another build of it, to be compared in the same rounds
# RELATIONS   relations of the large PostgreSQL database (default 20000)
set -euo pipefail
cd "$(dirname "$0")/.."

ROUNDS=${ROUNDS:-61}
RELATIONS=${RELATIONS:-20000}
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
server=

clean_up() {
    if [[ -n $server ]]; then kill -INT "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$work"
}
trap clean_up EXIT

need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null && return
    echo "$0: $1 is not installed: apt-get install $2" >&2
    exit 2
}
need /usr/bin/time time
need cargo cargo

need psql postgresql-client
# Debian's psql is a script that looks for the real one: both are compared.
psql=$(printf '%s\n' /usr/lib/postgresql/*/bin/psql | sort -V | tail -1)
[[ -x $psql ]] || psql=$(command -v psql)

cargo build --quiet -p testbed
if [[ -z ${PREFLIGHT:-} ]]; then
    cargo build --quiet --release --bin cdc-preflight
    PREFLIGHT=$target/release/cdc-preflight
fi

start() { # PRODUCT [SETTING=VALUE...]: sets $server, $host, $port, $user and $password
    "$target/debug/testbed" run "$@" >"$work/server" &
    server=$!
    until grep -q ' at ' "$work/server"; do
        kill -0 "$server" || { echo "$0: $1 does not start" >&2; exit 2; }
        sleep 0.2
    done
    read -r host port user password < <(
        sed -E 's/.* at ([^:]*):([0-9]*), user ([^,]*), password ([^;]*);.*/\1 \2 \3 \4/' "$work/server")
    export PGPASSWORD=$password MYSQL_PWD=$password
}

stop() {
    kill -INT "$server"
    wait "$server" || true
    server=
}

names() { # COUNT: t1,t2,...
    seq -s, -f t%g "$1"
}

request() { # FILE OPERATION TABLES [SCHEMA]: a request whose password comes from the environment
    cat >"$1" <<REQUEST
requests:
  - $2:
      RegionId: cn-hangzhou
      HostName: $host
      Port: $port
      User: $user
      Password: "\${PGPASSWORD}"
      DatabaseName: inventory
      ${4:+SchemaName: $4}
      TableNames: $(names "$3")
      SnapshotMode: initial
REQUEST
}

# The contenders of one comparison: names, and the functions that run them.
declare -A contender
order=()
contend() { contender[$1]=$2; order+=("$1"); }

# Exit codes other than 0 are verdicts (10 to 12); anything else ends the comparison.
run() {
    local code=0
    ${contender[$1]} >/dev/null || code=$?
    ((code == 0 || code >= 10 && code <= 12)) || { echo "$0: $1 failed with $code" >&2; exit 1; }
}

compare() { # TITLE
    local round name began
    for name in "${order[@]}"; do run "$name"; : >"$work/$name.us"; done
    for ((round = 0; round < ROUNDS; round++)); do
        for name in "${order[@]}"; do
            began=${EPOCHREALTIME/[.,]/}
            run "$name"
            echo $((${EPOCHREALTIME/[.,]/} - began)) >>"$work/$name.us"
        done
    done
    printf '\n%s\n' "$1"
    local first=
    for name in "${order[@]}"; do
        local median
        median=$(sort -n "$work/$name.us" | sed -n "$((ROUNDS / 2 + 1))p")
        [[ $first ]] || first=$median
        contender_usage "$name"
        printf '  %-22s %8.1f ms  x%-5.2f  cpu %6.1f ms  peak %6.1f MiB\n' "$name" \
            "$(bc -l <<<"$median / 1000")" "$(bc -l <<<"$first / $median")" "$cpu" "$peak"
    done
    contender=()
    order=()
}

contender_usage() { # NAME: sets $cpu, the mean of eleven runs, and $peak
    local run
    : >"$work/usage"
    for ((run = 0; run < 11; run++)); do
        /usr/bin/time -q -o "$work/one" -f '%U %S %M' ${contender[$1]} >/dev/null || true
        tail -1 "$work/one" >>"$work/usage"
    done
    # Its clock ticks in hundredths of a second: only the mean of many runs tells.
    read -r cpu peak < <(
        awk '{ cpu += $1 + $2; if ($3 > peak) peak = $3 }
             END { printf "%.1f %.1f\n", cpu / NR * 1000, peak / 1024 }' "$work/usage")
}

preflight() { # REQUEST: the contenders that check it
    contend cdc-preflight "$PREFLIGHT check $1 --report short"
    [[ -z ${BEFORE:-} ]] || contend before "$BEFORE check $1 --report short"
}

# One query over the same tables, as a person would write it.
catalogue_query() { # COUNT
    cat <<SQL
select n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident, c.reltuples,
  has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
  (select json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
    order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
  (select json_agg(i.indkey) from pg_index i where i.indrelid = c.oid and i.indisprimary),
  (select json_agg(p.pubname) from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
    where r.prrelid = c.oid)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relname = any (string_to_array('$(names "$1")', ','))
SQL
}

create_tables() { # FROM TO
    seq "$1" "$2" | sed 's/.*/create table t& (id int primary key, name varchar(200) not null, price numeric(10, 2));/'
}

postgres() { # PRODUCT
    start "$1" wal_level=logical
    local at=(-X -h "$host" -p "$port" -U "$user")
    "$psql" "${at[@]}" -q -d postgres -c 'create database inventory'
    local psql_run="$psql ${at[*]} -d inventory -At"
    catalogue_query 1000 >"$work/catalogue.sql"
    request "$work/ten.yaml" configurePostgreSQLSource 10 public
    request "$work/thousand.yaml" configurePostgreSQLSource 1000 public
    echo 'select 1' >"$work/one.sql"
    create_tables 1 1000 | "$psql" "${at[@]}" -q -d inventory >/dev/null
    postgres_cases "$1, 1,000 tables in the database"
    # Each table has an index: two relations.
    create_tables 1001 $((RELATIONS / 2)) | "$psql" "${at[@]}" -q -d inventory >/dev/null
    "$psql" "${at[@]}" -q -d inventory -c 'analyze'
    postgres_cases "$1, $RELATIONS relations in the database"
    stop
}

postgres_cases() { # TITLE
    preflight "$work/ten.yaml"
    contend select-1 "$psql_run -f $work/one.sql"
    contend select-1-by-script "psql ${psql_run#"$psql"} -f $work/one.sql"
    compare "$1: ten of them"
    preflight "$work/thousand.yaml"
    contend select-1 "$psql_run -f $work/one.sql"
    contend catalogue-query "$psql_run -f $work/catalogue.sql"
    compare "$1: a thousand of them"
}

mysql() { # PRODUCT [SETTING=VALUE...]
    need mariadb mariadb-client-core
    start "$@"
    local ssl=--skip-ssl
    [[ $1 == mysql* ]] && ssl=--ssl
    local at="--no-defaults -h $host -P $port -u $user $ssl"
    # shellcheck disable=SC2086
    { echo 'create database inventory; use inventory;'; create_tables 1 1000; } | mariadb $at
    request "$work/ten.yaml" configureMySQLSource 10
    request "$work/thousand.yaml" configureMySQLSource 1000
    echo 'select 1' >"$work/one.sql"
    local tables count
    for count in ten thousand; do
        preflight "$work/$count.yaml"
        contend select-1 "mariadb $at -e select(1)"
        compare "$1: $count tables"
    done
    stop
}

(($#)) || set -- postgres:17 mysql:9.7 mariadb:10.11
for product; do
    case $product in
        postgres:*) postgres "$product" ;;
        mysql:*) mysql "$product" ;;
        mariadb:*) mysql "$product" log_bin=binlog server_id=1 binlog_format=ROW ;;
        *) echo "$0: unknown product $product" >&2; exit 2 ;;
    esac
done
