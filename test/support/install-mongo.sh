#!/usr/bin/env bash
# A server that speaks MongoDB's protocol, for the tests of this checkout, where no mongod is to be had: SecantusDB
# (GPL-2.0, beta, over MongoDB's own storage engine) in a virtual environment ignored by git. Never part of the product.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.7.0b3
folder=.venv/secantus
marker=$folder/installed-$version

if [ -n "${MONGODB_URL:-}" ] || command -v mongod >/dev/null || [ -e "$marker" ]; then exit 0; fi
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "secantusdb==$version" </dev/null
touch "$marker"
