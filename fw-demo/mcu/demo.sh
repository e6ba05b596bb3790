#!/usr/bin/env bash
# The whole story of two boards, told by the programs themselves: on one side of a TAP the programs of Linux, on the
# other QEMU with a board and the firmware in it. Everything happens in a network namespace of its own, which is gone
# afterwards; no packet leaves it. Run it as root; it ends by itself, and fails at the first thing that is not as it
# should be.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly PATIENCE=60 # seconds for anything to happen: whoever emulates a processor may have little of one
# shellcheck source-path=SCRIPTDIR source=../stage.sh
source fw-demo/stage.sh
# shellcheck source-path=SCRIPTDIR source=../scenes.sh
source fw-demo/scenes.sh
# shellcheck source-path=SCRIPTDIR source=board.sh
source fw-demo/mcu/board.sh
# shellcheck source-path=SCRIPTDIR source=circle.sh
source fw-demo/mcu/circle.sh

# ---- who the device is

be_a_node() {
    boot role=node
    hear log "sockets: "
}

be_a_member() {
    boot role=join "server=$LINUX:5000" name=board echo=yes
}

be_a_community() {
    boot role=community
}

be_in_a_circle() {
    boot role=circle name=board
}

say_goodbye() {
    interrupt "$device"
}

# ---- the story

tell_of_the_seed() {
    narrate "The boards have no generator of random numbers. One that was told no seed refuses to seal anything."
    device=mps2-an385
    P2PM_PASSWORD=apricot boot role=node seed=none
    hear log "no seed"
    ends "$device" 2
}

tell_of_both_boards() {
    device=mps2-an385
    narrate "QEMU boots $device. Its console is its UART; Linux sees its Ethernet behind a TAP; a ping is answered."
    tell_of_the_ping
    tell_of_the_call
    tell_of_the_list
    tell_of_the_community

    device=lm3s6965evb
    narrate "A smaller board, $device, has 64 KiB of memory. They are enough for a node that others find."
    tell_of_the_list
}

need dnsmasq "apt-get install dnsmasq-base"
need ping "apt-get install iputils-ping"
build client p2pm-host
build_images
set_the_stage
find_the_tool
for device in mps2-an385 lm3s6965evb; do
    narrate "QEMU boots $device. Its console is its UART; Linux sees its Ethernet behind a TAP."
    tell_of_the_thermometer
    tell_of_the_lease
done
tell_of_the_circle
device=mps2-an385
tell_of_the_mailbox
narrate "The boards do what they did in the first generation, too."
tell_of_the_seed
tell_of_both_boards
suite=xor
narrate "All of that was sealed. Now once more in the suite of 2015, which protects nothing."
tell_of_both_boards
narrate "That was all of it."
