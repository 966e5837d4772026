#!/bin/sh
# Installs Python packages for a test.
#
#   tests/python.sh REQUIREMENTS FOLDER
#
# They come from the Python registry, and stay in FOLDER until the list changes. Exit code 3: they
# cannot be had.
set -eu

requirements=${1:?"a list of packages is needed"}
folder=${2:?"a folder is needed"}

command -v python3 >/dev/null || { echo "python3 is not installed" >&2; exit 3; }
# Whole only when the list beside it is the one that was installed.
if ! cmp -s "$requirements" "$folder/installed.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder" || { echo "python3 -m venv does not work" >&2; exit 3; }
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input \
        --requirement "$requirements" ||
        { echo "pip cannot install $requirements from the Python registry" >&2; exit 3; }
    cp "$requirements" "$folder/installed.txt"
fi
