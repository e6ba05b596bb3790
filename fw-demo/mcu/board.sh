# shellcheck shell=bash
# A board in QEMU, as an actor on the stage of stage.sh. $device is the board's name, $suite its suite.

# build_images OPTION...: for all boards.
build_images() {
    # Else they are there already, or the board says that they are not.
    if command -v cargo >/dev/null; then
        fw-demo/mcu/cargo.sh build --release --locked "$@"
    fi
}

# boot KEY=VALUE...: the board is on the TAP, at its usual address unless there is another one. Its console is the actor's, its
# log is heard under the name "log".
boot() {
    local address=("ip=$DEVICE/24")
    [[ " $* " != *" ip="* ]] || address=()
    start_with_log "$device" log fw-demo/mcu/run.sh "$device" "$TAP" "${address[@]}" "suite=$suite" "$@"
}

# rank PERCENT NUMBER...: the number that is not below so many of them.
rank() {
    local percent=$1
    shift
    printf '%s\n' "$@" | sort -n | sed -n "$((($# - 1) * percent / 100 + 1))p"
}

need qemu-system-arm "apt-get install qemu-system-arm"
need defmt-print "cargo install --locked defmt-print; if only root does not find it:" \
    "sudo env \"PATH=\$PATH\" \"HOME=\$HOME\" $0"
