#!/bin/sh
# Drives a simulator through every streaming operation with the vendor's official Python SDK.
#
#   tests/sdk/run.sh URL [FOLDER]
#
# ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are the key that the simulator
# accepts. The SDK is installed into FOLDER, where the next run finds it; without one, into a folder
# that goes afterwards.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
url=${1:?"the address of a simulator is needed"}

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 3; }
if [ $# -ge 2 ]; then
    folder=$2
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi

# Whole only when the list beside it is the one that was installed.
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder" || { echo "python3 -m venv does not work" >&2; exit 3; }
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input \
        --requirement "$here/requirements.txt" ||
        { echo "pip cannot install the SDK from the Python registry" >&2; exit 3; }
    cp "$here/requirements.txt" "$folder/installed.txt"
fi

"$folder/bin/python" "$here/drive.py" "$url"
