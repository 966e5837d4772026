#!/usr/bin/env bash
# Calls the service on loopback as fast as it answers: p50, p99, answers a second and peak memory, of
# report reads and of checks, beside those of a bare axum handler in the same run. See
# benches/README.md.
#
#   benches/service_load.sh
#
# SECONDS_EACH  how long each is called (default 10)
# CALLERS       connections that call at the same time (default 8)
# PREFLIGHT     the program (default: built with --release)
# BARE          the bare handler (default: built with --release)
set -euo pipefail
cd "$(dirname "$0")/.."

SECONDS_EACH=${SECONDS_EACH:-10}
CALLERS=${CALLERS:-8}
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
processes=()

clean_up() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait || true
    rm -rf "$work"
}
trap clean_up EXIT

need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null && return
    echo "$0: $1 is not installed: apt-get install $2" >&2
    exit 2
}
need wrk wrk
need curl curl
need jq jq

if [[ -z ${PREFLIGHT:-} ]]; then
    cargo build --quiet --release --bin cdc-preflight
    PREFLIGHT=$target/release/cdc-preflight
fi
if [[ -z ${BARE:-} ]]; then
    cargo build --quiet --release -p cdc-preflight-benches --example bare
    BARE=$target/release/examples/bare
fi

# A source on a port at which nobody listens: what is measured is the service, not a database.
cat >"$work/request.yaml" <<'REQUEST'
requests:
  - configurePostgreSQLSource:
      { RegionId: cn-hangzhou, HostName: 127.0.0.1, Port: 1, User: u, Password: "${LOAD_PASSWORD}",
        DatabaseName: d, SchemaName: public, TableNames: orders }
REQUEST
cat >"$work/check.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/yaml"
wrk.headers["Prefer"] = "wait=60"
wrk.body = io.open("$work/request.yaml"):read("*a")
LUA

LOAD_PASSWORD=none "$PREFLIGHT" serve --no-config --listen 127.0.0.1:0 --store "$work/store.db" \
    --secret-env LOAD_PASSWORD --log-format json >"$work/log" &
service=$!
processes+=("$service")
until url=$(jq -er 'select(.address) | "http://" + .address' "$work/log" 2>/dev/null); do
    kill -0 "$service" || { echo "$0: the service does not start" >&2; exit 2; }
    sleep 0.2
done
id=$(curl -sf -H 'Prefer: wait=60' -H 'Content-Type: application/yaml' \
    --data-binary "@$work/request.yaml" "$url/v1/preflights" | jq -er .id)

micros() { # 1.20ms as 1200
    awk -v time="$1" 'BEGIN { unit = time ~ /us$/ ? 1 : time ~ /ms$/ ? 1000 : 1000000
        sub(/[a-z]+$/, "", time); printf "%d", time * unit }'
}

call() { # WHAT PID URL [WRK ARGUMENT...]: prints a row; sets $p50 and $p99, in microseconds
    local what=$1 process=$2 address=$3
    shift 3
    wrk --threads 1 --connections "$CALLERS" --duration "${SECONDS_EACH}s" --timeout 60s --latency "$@" \
        "$address" >"$work/wrk"
    if grep -q 'Non-2xx' "$work/wrk"; then
        echo "$0: $what was refused:" >&2
        cat "$work/wrk" >&2
        exit 1
    fi
    p50=$(micros "$(awk '$1 == "50%" { print $2 }' "$work/wrk")")
    p99=$(micros "$(awk '$1 == "99%" { print $2 }' "$work/wrk")")
    local rate memory
    rate=$(awk '$1 == "Requests/sec:" { print $2 }' "$work/wrk")
    memory=$(awk '$1 == "VmHWM:" { printf "%d", $2 / 1024 }' "/proc/$process/status")
    printf '| %s | %s | %s | %s | %s MiB |' "$what" "$p50" "$p99" "$rate" "$memory"
}

ratio() { awk -v one="$1" -v other="$2" 'BEGIN { printf "x%.1f", one / other }'; }

compare() { # WHAT SIZE URL [WRK ARGUMENT...]
    local what=$1 size=$2 address=$3
    shift 3
    "$BARE" "$size" >"$work/bare" &
    local bare=$!
    processes+=("$bare")
    until [[ -s $work/bare ]]; do sleep 0.1; done
    call "bare handler, $size bytes" "$bare" "$(cat "$work/bare")/"
    echo ' |'
    local bare50=$p50 bare99=$p99
    kill "$bare"
    wait "$bare" 2>/dev/null || true
    rm "$work/bare"
    call "$what" "$service" "$address" "$@"
    echo " $(ratio "$p50" "$bare50"), $(ratio "$p99" "$bare99") |"
}

size() { curl -sf "$1" | wc -c; }

echo "$CALLERS callers, $SECONDS_EACH s each, load $(cut -d' ' -f1 /proc/loadavg), $(nproc) cores"
echo '| what | p50, µs | p99, µs | a second | peak memory | p50, p99 beside the bare handler |'
echo '|---|---|---|---|---|---|'
report=$url/v1/preflights/$id
compare 'report, JSON' "$(size "$report?format=json")" "$report?format=json"
compare 'report, HTML' "$(size "$report?format=html")" "$report?format=html"
compare 'a page of 50 preflights' "$(size "$url/v1/preflights")" "$url/v1/preflights"
compare 'check, waited for' "$(size "$report")" "$url/v1/preflights" --script "$work/check.lua"
