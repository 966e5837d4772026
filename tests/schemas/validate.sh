#!/bin/sh
# Validates XML documents against an XML Schema, and says what is wrong with each.
#
#   tests/schemas/validate.sh FOLDER SCHEMA DOCUMENT...
#
# The validator is installed into FOLDER, where the next run finds it. Exit code 1: some document is
# not valid; 3: something is missing here.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:?"a folder is needed"}
shift

"$here/../python.sh" "$here/requirements.txt" "$folder"
"$folder/bin/python" "$here/validate.py" "$@"
