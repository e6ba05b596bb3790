#!/usr/bin/env bash
# Builds the Debian package, has lintian and systemd look at it, installs it into a fresh Debian, runs what the units say, in a
# network of its own, and removes it: nothing must be left. As root. Argument: the profile to build with, as for build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

fail() {
    printf 'test.sh: %s\n' "$*" >&2
    exit 1
}

# In namespaces of its own, so that no mount and no process outlives it.
if [[ ${1-} != --apart ]]; then
    [[ $EUID -eq 0 ]] || fail "it makes namespaces and a root directory: run it as root"
    WORK=$(mktemp --directory --tmpdir p2pm-packaging.XXXXXX)
    trap 'rmdir "$WORK"' EXIT
    export WORK
    unshare --mount --pid --fork --kill-child --mount-proc host/packaging/test.sh --apart "$@"
    exit
fi
shift

mount -t tmpfs -o size=1g tmpfs "$WORK"

# bootstrap DIRECTORY: a minimal Debian of this machine's release, from where this machine has its own.
bootstrap() {
    local release mirror
    release=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$release" '$2 == release && $3 == "main" { print $1; exit }')
    [[ -n $mirror ]] || fail "apt has no source of $release"
    mmdebstrap --quiet --variant=essential "$release" "$1" "$mirror"
}

# verify DIRECTORY: what systemd says of the units of an unpacked package, which is seen as if it were installed here.
verify() {
    unshare --mount --net bash -euo pipefail -c '
        mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr
        export XDG_RUNTIME_DIR=/run
        systemd-analyze verify communityserver.service
        systemd-analyze --user verify p2pm.service
        # The limits are ten times the exposure that is shown.
        systemd-analyze security --no-pager --offline=true --threshold=15 communityserver.service | tail --lines=1
        systemd-analyze security --no-pager --user --offline=true --threshold=65 p2pm.service | tail --lines=1
    ' verify "$1" || fail "systemd finds fault with the units"
}

printf 'building\n'
deb=$(host/packaging/build.sh "$@")
printf 'lintian\n'
lintian --allow-root --quiet --fail-on error,warning "$deb"
printf 'units\n'
dpkg-deb --extract "$deb" "$WORK/package"
verify "$WORK/package"
printf 'a fresh root\n'
bootstrap "$WORK/root"
unshare --net host/packaging/installed.sh "$WORK/root" "$deb"
printf 'the package is fine\n'
