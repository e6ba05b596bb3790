#!/usr/bin/env bash
# Runs the peer in Python against the programs. Arguments: parts of the names of the checks to run; none for all.
# With P2PM_PORTABLE=1 against the programs as they are without ring.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
readonly target venv="$target/interop"

portable=()
if [[ -n ${P2PM_PORTABLE-} ]]; then portable=(--no-default-features); fi
cargo build --quiet --locked --package p2pm-host --package p2pm-tap --bins "${portable[@]}"
"$venv/bin/pip" --version >/dev/null 2>&1 || python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r tests/interop/requirements.txt

export P2PM_PROGRAMS="$target/debug" PYTHONPYCACHEPREFIX="$venv/pycache" PYTHONPATH=tests/interop
exec "$venv/bin/python" -m checks "$@"
