#!/usr/bin/env bash
# How fast nodes find each other on a fresh network, beside gssdp-discover. Argument: how many runs, 40 unless it is
# given. Run it as root on Debian 12.
set -euo pipefail
source "$(dirname "$0")/stage.sh"

build dev # what takes time is optimised there, too
want_packages iproute2 libgssdp-1.6-0 util-linux
unpack gupnp-tools

enact figures "${1:-40}"
