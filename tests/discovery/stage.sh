# Sourced by the scripts of this directory, of tests/transfers and of tests/benches: builds p2pm, and runs their Python in namespaces of
# its own, so that no packet leaves the script, and no process outlives it.

SCRIPTS=$(realpath "$(dirname "$0")")
readonly SCRIPTS
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C

readonly PYTHON=/usr/bin/python3 # Debian's, which has the bindings of GUPnP and miniupnpc

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

[[ $EUID -eq 0 ]] || fail "it makes network namespaces: run it as root"

WORK=$(mktemp --directory --tmpdir p2pm-discovery.XXXXXX) # gone with the script
readonly WORK
trap 'rm -rf "$WORK"' EXIT
chmod 711 "$WORK" # nodes run as nobody

# build PROFILE: puts p2pm where anybody may run it.
build() {
    cargo build --quiet --locked --package p2pm-host --bin p2pm --profile "$1"
    local directory=${1/#dev/debug}
    install --mode 755 "${CARGO_TARGET_DIR:-target}/$directory/p2pm" "$WORK/p2pm"
}

# missing PACKAGE...: prints those that are not installed.
missing() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            printf '%s\n' "$package"
    done
}

# want_packages PACKAGE...: installs those of Debian that are missing.
want_packages() {
    local packages
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]} > 0)) || return 0
    apt-get update --quiet=2
    apt-get install --quiet=2 --yes --no-install-recommends "${packages[@]}" >/dev/null
}

# unpack PACKAGE: puts its files into a directory, where it neither starts anything nor needs what else it depends on.
unpack() {
    apt-cache show "$1" >/dev/null 2>&1 || apt-get update --quiet=2
    (cd "$WORK" && apt-get download --quiet=2 -o APT::Sandbox::User=root "$1" >/dev/null)
    dpkg-deb --extract "$WORK/$1"_*.deb "$WORK/$1"
}

# enact MODULE ARGUMENT...: runs a module of this directory, or of that of the script, in namespaces of its own.
enact() {
    P2PM="$WORK/p2pm" TMPDIR="$WORK" PYTHONPYCACHEPREFIX="$WORK/pycache" PYTHONPATH="tests/discovery:$SCRIPTS" \
        unshare --net --pid --fork --kill-child --mount-proc "$PYTHON" -u -m "$@"
}
