#!/usr/bin/env bash
# One recorded session (what the ends of conversations are told and hear, and when), a story of a circle and one of
# discovery are played by the core on Linux and by the core on an emulated Cortex-M3, and every byte that they emit is
# compared, in both suites, and every word that the nodes of the stories are told. It ends by itself.
set -euo pipefail
cd "$(dirname "$0")"

readonly PATIENCE=300 # seconds for the board to play it

stage="" # directory of what is recorded and emitted, gone with the script

fail() {
    printf 'transcript: %s\n' "$*" >&2
    exit 1
}

clean_up() {
    if [[ -n $stage ]]; then rm -rf "$stage"; fi
}

check_needs() {
    command -v qemu-system-arm >/dev/null || fail "the emulator is missing: apt-get install qemu-system-arm"
}

build() {
    (cd ../.. && cargo build --release --locked --package p2pm-tests --bin transcript)
    ./cargo.sh build --release --locked --package transcript
    image=$(realpath "${CARGO_TARGET_DIR:-target}/thumbv7m-none-eabi/release/transcript")
}

# What is recorded, and how much there is of it in each suite.
record() {
    (cd ../.. && cargo run --quiet --release --locked --package p2pm-tests --bin transcript -- \
        "$stage/recording" "$stage/expected") >"$stage/summary" || fail "nothing is recorded"
}

# The image finds its files in the working directory of the emulator.
emulate() {
    local status=0
    (cd "$stage" && exec timeout --foreground --kill-after=5 "$PATIENCE" qemu-system-arm -M mps2-an385 -nographic \
        -monitor none -serial none -nic none -semihosting-config enable=on,target=native \
        -kernel "$image" </dev/null >log 2>errors) || status=$?
    ((status != 124)) || fail "the board is not done after $PATIENCE seconds"
    ((status == 0)) || fail "the board ended with status $status: $(decode)"
}

# What the board said last, if there is somebody who can read it; else what the emulator did.
decode() {
    if [[ ! -s $stage/log ]]; then
        tail -n 1 "$stage/errors"
    elif command -v defmt-print >/dev/null; then
        defmt-print -e "$image" <"$stage/log" | tail -n 1
    else
        printf 'what it says can be read with defmt-print: cargo install --locked defmt-print'
    fi
}

compare() {
    cmp "$stage/expected" "$stage/emission" || fail "the board does not emit what Linux does"
    [[ -s $stage/expected ]] || fail "nothing was emitted"
    sed 's/^/the same on both: /' "$stage/summary"
}

trap clean_up EXIT
check_needs
build
stage=$(mktemp --directory)
record
emulate
compare
