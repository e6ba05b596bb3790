#!/usr/bin/env bash
# A file crosses while it is cut, which goes on and arrives the same. Arguments: MiB of the file (2048), cuts (200), a seed (1).
# Run it as root on Debian 12.
set -euo pipefail
source "$(dirname "$0")/../discovery/stage.sh"

build release
want_packages iproute2 util-linux

enact cuts "${1:-2048}" "${2:-200}" "${3:-1}"
