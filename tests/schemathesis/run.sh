#!/bin/sh
# Has schemathesis call a running service in every way that its OpenAPI document allows, and in many
# that it does not: no answer may be a 5xx, or anything that the document does not describe.
#
#   PREFLIGHTS=ID,ID SOURCES=NAME WAIVERS=NAME tests/schemathesis/run.sh URL [FOLDER]
#
# The variables name what there is at the service. Schemathesis is installed into FOLDER, where the
# next run finds it; without one, into a folder that goes afterwards. What it tries is the same
# every time; how much of it, hangs on the time that it has (SECONDS_TO_TRY, 40).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
url=${1:?"the address of a service is needed"}

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=${2:-$work/schemathesis}

# Whole only when the list beside it is the one that was installed.
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder" || { echo "python3 -m venv does not work" >&2; exit 3; }
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input \
        --requirement "$here/requirements.txt" ||
        { echo "pip cannot install schemathesis from the Python registry" >&2; exit 3; }
    cp "$here/requirements.txt" "$folder/installed.txt"
fi

# What it keeps of a run, it keeps there.
cd "$work"
PYTHONPATH=$here SCHEMATHESIS_HOOKS=known "$folder/bin/schemathesis" run "$url/openapi.json" \
    --seed 7 --max-time "${SECONDS_TO_TRY:-40}" --phases examples,coverage,fuzzing --workers 1 \
    --request-timeout 60 --continue-on-failure --warnings off --checks \
    not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
