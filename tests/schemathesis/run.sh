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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=${2:-$work/schemathesis}
"$here/../python.sh" "$here/requirements.txt" "$folder"

# What it keeps of a run, it keeps there.
cd "$work"
PYTHONPATH=$here SCHEMATHESIS_HOOKS=known "$folder/bin/schemathesis" run "$url/openapi.json" \
    --seed 7 --max-time "${SECONDS_TO_TRY:-40}" --phases examples,coverage,fuzzing --workers 1 \
    --request-timeout 60 --continue-on-failure --warnings off --checks \
    not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
