#!/usr/bin/env bash
# Called by test.sh, in namespaces of its own: installs the package into a fresh Debian, runs what its units say, and removes it.
# Arguments: the root directory, the package.
set -euo pipefail

PATH=/usr/sbin:/usr/bin:/sbin:/bin # there as here
readonly root=$1 deb=$2
readonly PASSPHRASE=47-coral-tulip-anvil-mocha
readonly SERVICE=61184:61184 KATIE=1001 ABDUL=1002 # users: one as DynamicUser gives it, and two with a home
readonly WAIT=30 # seconds until something is there, at most

fail() {
    printf 'installed.sh: %s\n' "$*" >&2
    tail --lines=50 "$root"/run/*.log >&2 || true
    exit 1
}

# eventually COMMAND...: runs the command until it succeeds.
eventually() {
    local deadline=$((SECONDS + WAIT))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "in vain: $*"
    done
}

# inside COMMAND...: runs a command in the root, as root.
inside() {
    env --ignore-environment "PATH=$PATH" HOME=/root DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# user UID COMMAND...: runs a command in the root, as that user. It takes the place of the shell.
user() {
    local uid=$1
    shift
    exec env --ignore-environment "PATH=$PATH" "HOME=/home/$uid" "XDG_RUNTIME_DIR=/run/user/$uid" \
        chroot --userspec="$uid:$uid" "$root" "$@"
}

# as UID COMMAND...: the same, and comes back.
as() {
    (user "$@")
}

# command_of UNIT: the command line that the unit starts.
command_of() {
    sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/$1"
}

# stop PID: asks the program to end, as systemd does. It must say that it is done.
stop() {
    kill -TERM "$1"
    wait "$1" || fail "process $1 ends with status $?"
}

# files: everything in the root, with what it is and has, but for what apt and dpkg keep for themselves.
files() {
    local own='(lib/dpkg/(status|available|lock|triggers/)|log/|cache/(ldconfig|debconf)/)'
    (
        cd "$root"
        find . -xdev -printf '%p %y %m %U:%G %l\n'
        find . -xdev -type f -print0 | xargs --null sha256sum | sed 's/^\(\S*\) *\(.*\)/\2 \1/'
    ) | grep --invert-match --extended-regexp "^\./var/$own" | sort
}

# Homes and sockets are no part of the root, nor is what the administrator is told to do.
prepare() {
    ip link set lo up
    mount --bind "$root" "$root"
    cp "$deb" "$root/tmp/p2pm.deb"
    local place
    for place in dev home proc run; do mount -t tmpfs tmpfs "$root/$place"; done
    mount -t proc proc "$root/proc"
    touch "$root"/dev/{null,urandom}
    for place in null urandom; do mount --bind "/dev/$place" "$root/dev/$place"; done
    for place in "$KATIE" "$ABDUL"; do
        install --directory --mode=700 --owner="$place" --group="$place" "$root"/{home,run/user}/"$place"
        printf '%s\n' "$PASSPHRASE" >"$root/home/$place/passphrase"
        chown "$place" "$root/home/$place/passphrase"
        chmod 600 "$root/home/$place/passphrase"
    done
}

serve_community() {
    local directory=/run/credentials/communityserver.service server
    inside sh -c 'umask 077 && mkdir /etc/p2pm && echo "$1" >/etc/p2pm/communityserver.password' sh "$PASSPHRASE"
    # As newer versions of systemd hand it over: it belongs to root, and an access control list looks like rights of a group.
    install -D --mode=440 --owner=root --group="${SERVICE#*:}" "$root/etc/p2pm/communityserver.password" "$root$directory/password"
    env --ignore-environment "PATH=$PATH" "CREDENTIALS_DIRECTORY=$directory" chroot --userspec="$SERVICE" "$root" \
        sh -c "exec $(command_of system/communityserver.service)" >"$root/run/server.log" 2>&1 &
    server=$!
    eventually grep --quiet 'listening on 0.0.0.0:5000' "$root/run/server.log"
    printf 'q\n' | as "$KATIE" client --server 127.0.0.1 --server-password-file "/home/$KATIE/passphrase" --name katie \
        --port 5460 >"$root/run/client.log" 2>&1 || fail "the client ends with status $?"
    grep --quiet 'you are online as katie' "$root/run/client.log" || fail "the client was not let in"
    eventually grep --quiet 'katie' "$root/run/server.log"
    stop "$server"
}

run_nodes() {
    local who katie abdul
    for who in "$KATIE katie" "$ABDUL abdul"; do
        # shellcheck disable=SC2086 # two words
        set -- $who
        as "$1" p2pm circle join home --name "$2" --passphrase-file "/home/$1/passphrase"
    done
    (user "$KATIE" sh -c "exec $(command_of user/p2pm.service)") >"$root/run/katie.log" 2>&1 &
    katie=$!
    eventually as "$KATIE" p2pm who
    (user "$ABDUL" p2pm up --port 7801 --no-discovery) >"$root/run/abdul.log" 2>&1 &
    abdul=$!
    eventually as "$ABDUL" p2pm who
    as "$ABDUL" p2pm listen --since 0 --json >"$root/run/news.log" &
    as "$ABDUL" p2pm connect 127.0.0.1
    eventually as "$KATIE" p2pm accept abdul
    eventually as "$ABDUL" p2pm send katie "dinner?"
    as "$KATIE" p2pm who
    stop "$katie"
    eventually grep --quiet '"left".*"goodbye"' "$root/run/news.log"
    stop "$abdul"
}

prepare
files >"$root/run/before"
printf 'install\n'
inside dpkg --install /tmp/p2pm.deb >"$root/run/dpkg.log"
serve_community
printf 'communityserver: served a client, and ended by SIGTERM\n'
run_nodes
printf 'p2pm up: linked with another, and said goodbye\n'
inside dpkg --purge p2pm >>"$root/run/dpkg.log"
files >"$root/run/after"
diff "$root/run/before" "$root/run/after" || fail "there are traces"
printf 'removed without a trace\n'
