# Sourced by the scripts of this directory: what their browsers need.

want_packages chromium iproute2 nftables util-linux
command -v npm >/dev/null || want_packages nodejs npm
npm install --prefix "$SCRIPTS" --no-audit --no-fund --no-package-lock --silent
