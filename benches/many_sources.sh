#!/usr/bin/env bash
# Checks many sources in one run against one throwaway PostgreSQL: wall time, peak memory, and the
# most connections that the server saw at once. See benches/README.md.
#
#   benches/many_sources.sh [SOURCES] [CONCURRENCY...]      200, and 1 8 32, by default
#
# PREFLIGHT   the program (default: built with --release)
set -euo pipefail
cd "$(dirname "$0")/.."

sources=${1:-200}
shift || true
[[ $# -gt 0 ]] || set -- 1 8 32
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
server=

clean_up() {
    rm -rf "$work"
    if [[ -n $server ]]; then kill -INT "$server" 2>/dev/null || true; wait "$server" || true; fi
}
trap clean_up EXIT

for program in /usr/bin/time psql; do
    command -v "$program" >/dev/null || { echo "$0: $program is not installed" >&2; exit 2; }
done
cargo build --quiet -p testbed
if [[ -z ${PREFLIGHT:-} ]]; then
    cargo build --quiet --release --bin cdc-preflight
    PREFLIGHT=$target/release/cdc-preflight
fi

"$target/debug/testbed" run postgres:17 wal_level=logical max_connections=300 >"$work/server" &
server=$!
until grep -q ' at ' "$work/server"; do
    kill -0 "$server" || { echo "$0: the server does not start" >&2; exit 2; }
    sleep 0.2
done
read -r host port user password < <(
    sed -E 's/.* at ([^:]*):([0-9]*), user ([^,]*), password ([^;]*);.*/\1 \2 \3 \4/' "$work/server")
export PGPASSWORD=$password PGHOST=$host PGPORT=$port PGUSER=$user PGDATABASE=postgres
psql -qc 'create table orders (id int primary key, note text)'

{
    echo 'requests:'
    for ((number = 1; number <= sources; number++)); do
        echo "  - configurePostgreSQLSource: { RegionId: cn-hangzhou, HostName: $host, Port: $port, User: $user,"
        echo '      Password: "${PGPASSWORD}", DatabaseName: postgres, SchemaName: public, TableNames: orders }'
    done
} >"$work/requests.yaml"

# What the server sees of the program, twenty times a second.
sample() {
    local ask="select count(*) from pg_stat_activity where application_name like 'cdc-preflight%'"
    { while [[ -e $work/sampling ]]; do echo "$ask;"; sleep 0.05; done; } | psql -qAt >"$work/connections"
}

echo "$sources sources on one server"
for concurrency in "$@"; do
    touch "$work/sampling"
    sample &
    sampler=$!
    code=0
    /usr/bin/time -f '%e s wall, %U s user, %M KiB at most' -o "$work/time" "$PREFLIGHT" check \
        "$work/requests.yaml" --no-config --concurrency "$concurrency" --report json >"$work/report" || code=$?
    rm "$work/sampling"
    wait "$sampler"
    most=$(sort -n "$work/connections" | tail -1)
    echo "--concurrency $concurrency: exit code $code, $(tail -1 "$work/time"), ${most:-0} connections at most"
done
