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

if [ $# -ge 2 ]; then
    folder=$2
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi

"$here/../python.sh" "$here/requirements.txt" "$folder"
"$folder/bin/python" "$here/drive.py" "$url"
