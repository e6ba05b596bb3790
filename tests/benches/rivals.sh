#!/usr/bin/env bash
# A file from memory to memory by p2pm and by other programs that send files to people: medians, and their ratios. Arguments: MiB
# of the file (2048), rounds (5). The others are installed into a directory that is gone in the end; of each that cannot be
# installed it is said why. Run it as root on Debian 12.
set -euo pipefail
source "$(dirname "$0")/../discovery/stage.sh"

build release
want_packages iproute2 util-linux python3-venv

# get NAME COMMAND ARGUMENT...: installs a program into a directory of this name. The last line of what is said is why it fails.
get() {
    "${@:2}" >"$WORK/$1.log" 2>&1 || rm -rf "${WORK:?}/$1"
}

from_pypi() {
    "$PYTHON" -m venv "$WORK/$1" && "$WORK/$1/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check "${@:2}"
}

from_crates_io() {
    CARGO_TARGET_DIR="$WORK/build" cargo install --quiet --locked --root "$WORK/$1" "$1" && rm -r "$WORK/build"
}

get wormhole from_pypi wormhole magic-wormhole magic-wormhole-mailbox-server magic-wormhole-transit-relay
# It does not say that it needs the others.
get localsend-cli from_pypi localsend-cli localsend-cli cryptography requests
get sendme from_crates_io sendme

enact rivals "$WORK" "${1:-2048}" "${2:-5}"
