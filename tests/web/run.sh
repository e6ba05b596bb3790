#!/usr/bin/env bash
# Three people use the page, each on a machine of their own: nodes in network namespaces on one switch, and Debian's Chromium beside
# each. Argument: a folder for pictures of every state; none are kept without it. Run it as root on Debian 12.
set -euo pipefail
[[ $# -eq 0 ]] || export P2PM_WEB_SHOTS=$(realpath --canonicalize-missing "$1")
source "$(dirname "$0")/../discovery/stage.sh"

build dev
want_packages chromium iproute2 util-linux
command -v npm >/dev/null || want_packages nodejs npm
npm install --prefix "$SCRIPTS" --no-audit --no-fund --no-package-lock --silent

enact people
