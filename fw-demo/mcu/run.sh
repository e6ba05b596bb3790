#!/usr/bin/env bash
# Boots an emulated board on a TAP: run.sh BOARD TAP key=value... The keys are those of fw-demo/src/settings.
#
# The passwords come from the environment: P2PM_PASSPHRASE for role=circle, P2PM_PASSWORD for the others, and
# P2PM_SERVER_PASSWORD for role=join. The seed comes from the kernel, unless there is one here; with seed=none the board is
# told none. With ip=dhcp the board has another Ethernet address each time, unless there is one here. With identity=FILE the board keeps its key in this file, as in its flash. Standard input and output are the board's serial line, on
# which Ctrl-C asks it to end; its log is on standard error.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")"

fail() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 2
}

# check_setting TEXT: it is one, and none that is handed over otherwise. The settings are lines.
check_setting() {
    [[ $1 != *[$'\n\r']* ]] || fail "a setting has more than one line"
    case $1 in
        password=* | server_password=* | passphrase=*) fail "everybody can read a command line; a password comes from the environment" ;;
    esac
}

# random_digits BYTES: in hexadecimal.
random_digits() {
    od -An -vtx1 -N"$1" /dev/urandom | tr -d ' \n'
}

# What no command line shows is handed over as a file that nobody else can open.
settings() {
    local setting
    for setting in "$@"; do
        case $setting in
            seed=none | identity=*) ;;
            *) printf '%s\n' "$setting" ;;
        esac
    done
    case " $* " in
        *" role=circle "*) printf 'passphrase=%s\n' "$P2PM_PASSPHRASE" ;;
        *) printf 'password=%s\n' "$P2PM_PASSWORD" ;;
    esac
    if [[ " $* " == *" role=join "* ]]; then printf 'server_password=%s\n' "$P2PM_SERVER_PASSWORD"; fi
    if [[ " $* " != *" seed="* ]]; then printf 'seed=%s\n' "$(random_digits 32)"; fi
    if [[ " $* " == *" ip=dhcp "* && " $* " != *" hardware="* ]]; then
        printf 'hardware=02%s\n' "$(random_digits 5 | sed 's/../:&/g')"
    fi
}

(($# >= 2)) || fail "usage: run.sh BOARD TAP key=value..."
board=$1 tap=$2 flash=""
shift 2
case $board in
    mps2-an385) controller=lan9118 ;;
    lm3s6965evb) controller=stellaris ;;
    *) fail "there is no board $board, only mps2-an385 and lm3s6965evb" ;;
esac
for setting in "$@" "${P2PM_PASSPHRASE-}" "${P2PM_PASSWORD-}" "${P2PM_SERVER_PASSWORD-}"; do check_setting "$setting"; done
target=${CARGO_TARGET_DIR:-target} # as cargo.sh has it
image=$target/thumbv7m-none-eabi/release/$board
[[ -f $image ]] || fail "there is no image; build it: fw-demo/mcu/cargo.sh build --release"
[[ -v P2PM_PASSPHRASE || " $* " != *" role=circle "* ]] ||
    fail "set P2PM_PASSPHRASE in the environment: of the circle"
[[ -v P2PM_PASSWORD || " $* " == *" role=circle "* ]] ||
    fail "set P2PM_PASSWORD in the environment: that callers, or users, must give"
[[ -v P2PM_SERVER_PASSWORD || " $* " != *" role=join "* ]] ||
    fail "set P2PM_SERVER_PASSWORD in the environment: of the community server"
for setting in "$@"; do
    case $setting in identity=*) flash=$(cd "$here" && realpath -m "${setting#*=}") ;; esac
done
# It is the key of the device: nobody else can open it.
[[ -z $flash ]] || (umask 077 && : >>"$flash") || fail "identity=$flash cannot be written"
[[ -d /sys/class/net/$tap ]] || # QEMU would make one that nobody else knows of
    fail "there is no interface $tap; make it: sudo ip tuntap add dev $tap mode tap user \$USER"
command -v qemu-system-arm >/dev/null || fail "QEMU is missing: apt-get install qemu-system-arm"
command -v defmt-print >/dev/null || fail "defmt-print is missing: cargo install --locked defmt-print"

# By semihosting the log goes to the standard output of QEMU. So the serial line needs another one, and of the kinds of
# line that QEMU has, only the one on a pair of named pipes can be given a file that is open already. It opens it once
# more, which is the same for a pipe and a terminal; before anything else goes a pipe.
[[ -p /dev/stdin || -t 0 ]] || exec < <(exec cat <&0)
[[ -p /dev/stdout || -t 1 ]] || exec > >(exec cat)
line=$target/line
ln -sfn /dev/fd/3 "$line.in"
ln -sfn /dev/fd/4 "$line.out"

exec 3<&0 4>&1 {settings}< <(settings "$@")
unset P2PM_PASSPHRASE P2PM_PASSWORD P2PM_SERVER_PASSWORD # nobody else needs them
exec > >(exec defmt-print -e "$image" >&2)
# What QEMU says when it starts an lm3s6965evb, whose clock the program has yet to set.
exec 2> >(exec grep --line-buffered --line-regexp --invert-match "Timer with period zero, disabling" >&2)
qemu=(qemu-system-arm -M "$board" -nodefaults -display none -monitor none -kernel "$image"
    -nic "tap,ifname=$tap,script=no,downscript=no,model=$controller"
    -chardev "pipe,id=line,path=${line//,/,,}" -serial chardev:line
    -semihosting-config "enable=on,target=native,arg=$board,arg=/dev/fd/$settings${flash:+,arg=${flash//,/,,}}")

# A terminal hands Ctrl-C to the board, at once, instead of ending QEMU with it.
if [[ -t 0 ]]; then
    saved=$(stty -g)
    trap 'stty "$saved"' EXIT
    stty intr undef susp undef eol ^C
    "${qemu[@]}"
else
    exec "${qemu[@]}"
fi
