#!/usr/bin/env bash
# boot.sh BOARD [STARTS]: how long it takes from the start of QEMU until the board is linked with a node on Linux that runs already.
# Neither of them is told an address. The board is started 15 times, or as often as is said. Run it as root; it is a story as demo.sh is
# one.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly PATIENCE=60 # seconds for anything to happen
# shellcheck source-path=SCRIPTDIR source=../stage.sh
source fw-demo/stage.sh
# shellcheck source-path=SCRIPTDIR source=../scenes.sh
source fw-demo/scenes.sh
# shellcheck source-path=SCRIPTDIR source=board.sh
source fw-demo/mcu/board.sh
device=${1:?usage: boot.sh BOARD [STARTS]} starts=${2:-15}
times=() # from start to link, in milliseconds

# start_once: the board is started, linked, and stopped.
start_once() {
    local began=${EPOCHREALTIME/./}
    boot role=circle name=board "identity=$stage/board.key"
    hear "$device" "katie is here"
    times+=($(((${EPOCHREALTIME/./} - began) / 1000)))
    interrupt "$device"
    hear katie "board left: goodbye"
}

[[ $starts =~ ^[1-9][0-9]*$ ]] || fail "usage: boot.sh BOARD [STARTS]"
build p2pm p2pm-host
build_images
set_the_stage
export P2PM_PASSPHRASE=47-coral-tulip-anvil-mocha
join_the_circle katie
hear katie "/help shows what can be typed"
bystander[katie]=true bystander[$device]=true bystander[log]=true
for ((number = 0; number < starts; number++)); do start_once; done
printf '%s, %s starts, from QEMU to linked: p50 %s ms, %s to %s ms\n' \
    "$device" "$starts" "$(rank 50 "${times[@]}")" "$(rank 0 "${times[@]}")" "$(rank 100 "${times[@]}")"
