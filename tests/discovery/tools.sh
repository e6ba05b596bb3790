#!/usr/bin/env bash
# Whether tools of UPnP that others have made list a node, and `p2pm doctor --upnp` lists devices that others have made.
# Prints what is seen, and fails if something that is there is missed. Run it as root on Debian 12: packages that are
# missing are installed, and what comes from npm and PyPI goes to a temporary directory, or is skipped if they are away.
set -euo pipefail
source "$(dirname "$0")/stage.sh"

readonly NODE_SSDP=4.0.1 ASYNC_UPNP_CLIENT=0.49.0

# package_version PACKAGE: the version that is installed, or would be.
package_version() {
    apt-cache policy "$1" | awk '/Candidate:/ { sub(/-.*/, "", $2); print $2 }'
}

# has_libraries PROGRAM: what it is linked with is there. Those of minidlna are large, and not worth an installation.
has_libraries() {
    ! ldd "$1" | grep "not found" >/dev/null
}

fetch_node_ssdp() {
    timeout 60 npm install --silent --no-audit --no-fund --prefix "$WORK/npm" "node-ssdp@$NODE_SSDP" >/dev/null 2>&1
}

fetch_async_upnp_client() {
    python3 -m venv "$WORK/venv" && timeout 60 "$WORK/venv/bin/pip" install --quiet --disable-pip-version-check \
        --only-binary :all: "async-upnp-client==$ASYNC_UPNP_CLIENT" >/dev/null 2>&1
}

build dev
want_packages gir1.2-gupnp-1.6 iproute2 libminiupnpc17 libmnl0 libnftnl11 python3-gi util-linux
unpack gupnp-tools # for gssdp-discover: the others want a desktop
unpack miniupnpd-nftables
unpack minidlna
GUPNP_TOOLS_VERSION=$(package_version gupnp-tools)
GUPNP_VERSION=$(package_version gir1.2-gupnp-1.6)
MINIUPNPC_VERSION=$(package_version libminiupnpc17)
if has_libraries "$WORK/minidlna/usr/sbin/minidlnad"; then MINIDLNA_VERSION=$(package_version minidlna); fi
if fetch_node_ssdp; then NODE_SSDP_VERSION=$NODE_SSDP; fi
if fetch_async_upnp_client; then ASYNC_UPNP_CLIENT_VERSION=$ASYNC_UPNP_CLIENT; fi
export MINIDLNA_VERSION GUPNP_TOOLS_VERSION GUPNP_VERSION MINIUPNPC_VERSION NODE_SSDP_VERSION ASYNC_UPNP_CLIENT_VERSION

enact tools
