#!/usr/bin/env bash
# Whether tools of UPnP that others have made list a node. Prints what each of them sees, and fails if one misses a
# target. Run it as root on Debian 12: packages that are missing are installed, and what comes from npm and PyPI goes to
# a temporary directory, or is skipped if they are away.
set -euo pipefail
source "$(dirname "$0")/stage.sh"

readonly NODE_SSDP=4.0.1 ASYNC_UPNP_CLIENT=0.49.0

# package_version PACKAGE: the version that is installed, or would be.
package_version() {
    apt-cache policy "$1" | awk '/Candidate:/ { sub(/-.*/, "", $2); print $2 }'
}

# unpack PACKAGE: puts its files into a directory, where it neither starts anything nor needs what else it depends on.
unpack() {
    (cd "$WORK" && apt-get download --quiet=2 -o APT::Sandbox::User=root "$1" >/dev/null)
    dpkg-deb --extract "$WORK/$1"_*.deb "$WORK/$1"
}

fetch_node_ssdp() {
    timeout 60 npm install --silent --no-audit --no-fund --prefix "$WORK/npm" "node-ssdp@$NODE_SSDP" >/dev/null 2>&1
}

fetch_async_upnp_client() {
    python3 -m venv "$WORK/venv" && timeout 60 "$WORK/venv/bin/pip" install --quiet --disable-pip-version-check \
        --only-binary :all: "async-upnp-client==$ASYNC_UPNP_CLIENT" >/dev/null 2>&1
}

build dev
want_packages gir1.2-gupnp-1.6 iproute2 libminiupnpc17 python3-gi util-linux
unpack gupnp-tools # for gssdp-discover: the others want a desktop
GUPNP_TOOLS_VERSION=$(package_version gupnp-tools)
GUPNP_VERSION=$(package_version gir1.2-gupnp-1.6)
MINIUPNPC_VERSION=$(package_version libminiupnpc17)
if fetch_node_ssdp; then NODE_SSDP_VERSION=$NODE_SSDP; fi
if fetch_async_upnp_client; then ASYNC_UPNP_CLIENT_VERSION=$ASYNC_UPNP_CLIENT; fi
export GUPNP_TOOLS_VERSION GUPNP_VERSION MINIUPNPC_VERSION NODE_SSDP_VERSION ASYNC_UPNP_CLIENT_VERSION

enact tools
