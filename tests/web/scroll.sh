#!/usr/bin/env bash
# What a conversation of 10,000 texts costs a browser, with the real programs: figures of Debian's Chromium, on the machine that this
# runs on, which should have nothing else to do. Run it as root on Debian 12.
set -euo pipefail
source "$(dirname "$0")/../discovery/stage.sh"
source "$SCRIPTS/browsers.sh"

build release
enact people scroll.mjs
