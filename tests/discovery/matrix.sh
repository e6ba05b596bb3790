#!/usr/bin/env bash
# Whether nodes link on networks as people have them: firewalls, VPNs, switches, changes. Prints a table with what
# `p2pm doctor` says on each host, and fails if they do not link, or not even after the commands that it names, or if it
# names another cause. Arguments: parts of the names of the rows to run, whose findings are then printed in full; none for
# all. Run it as root on Debian 12.
set -euo pipefail
source "$(dirname "$0")/stage.sh"

build dev
want_packages iproute2 nftables util-linux

enact matrix "$@"
