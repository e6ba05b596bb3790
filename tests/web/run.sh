#!/usr/bin/env bash
# Three people use the page, each on a machine of their own: nodes in network namespaces on one switch, and Debian's Chromium beside
# each. Argument: a folder for pictures of every state; none are kept without it. Run it as root on Debian 12.
set -euo pipefail
[[ $# -eq 0 ]] || export P2PM_WEB_SHOTS=$(realpath --canonicalize-missing "$1")
source "$(dirname "$0")/../discovery/stage.sh"
source "$SCRIPTS/browsers.sh"

build dev
enact people run.mjs
