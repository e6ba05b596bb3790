#!/usr/bin/env bash
# The whole story of a small device, told by the programs themselves: on one side of a TAP the programs of
# Linux, on the other p2pm-tap. Everything happens in a network namespace of its own, which is gone afterwards;
# no packet leaves it. Run it as root; it ends by itself, and fails at the first thing that is not as it should be.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly PATIENCE=20 # seconds for anything to happen
# shellcheck source-path=SCRIPTDIR source=../stage.sh
source fw-demo/stage.sh
# shellcheck source-path=SCRIPTDIR source=../scenes.sh
source fw-demo/scenes.sh

# ---- who the device is

device=device

start_device() { # ARGUMENT...: p2pm-tap on the TAP
    start "$device" p2pm-tap --tap "$TAP" --ip "$DEVICE/24" "$@"
}

be_a_node() {
    start_device node
}

be_a_member() {
    start_device join "$LINUX:5000" --name board --echo
}

be_a_community() {
    start_device community
}

be_in_a_circle() {
    start_device circle --name board
}

say_goodbye() {
    stop "$device"
}

# ---- what it does beside the scenes

tell_of_the_other_direction() {
    narrate "The other way about: Abdul listens, on Linux. The device calls him, first with a wrong password."
    P2PM_PASSWORD=walnut start abdul nodeServer --port 5461
    hear abdul "listening..."
    P2PM_CHAT_PASSWORD=guess start_device chat "$LINUX:5461"
    hear device "wrong password"
    ends device 3
    hear abdul "wrong password"

    narrate "With the right one they talk."
    P2PM_CHAT_PASSWORD=walnut start_device chat "$LINUX:5461" --name board
    hear device "you write first"
    answer device "" "hello abdul!"
    hear abdul "THEM: hello abdul!"
    answer abdul "YOU: " "hello board!"
    hear device "THEM: hello board!"
    answer device "" "quit"
    ends device 0
    hear abdul "chat over"
    stop abdul
}

tell_of_the_other_suite() {
    narrate "All of that was sealed. In the suite of 2015, which protects nothing, a device talks, too."
    P2PM_PASSWORD=walnut start abdul nodeServer --suite xor --port 5461
    hear abdul "listening..."
    P2PM_CHAT_PASSWORD=walnut start_device --suite xor chat "$LINUX:5461" --name board
    hear device "you write first"
    answer device "" "hello abdul!"
    hear abdul "THEM: hello abdul!"
    answer abdul "YOU: " "hello board!"
    hear device "THEM: hello board!"
    answer device "" "quit"
    ends device 0
    hear abdul "chat over"
    stop abdul

    narrate "And it joins a community."
    P2PM_PASSWORD=quince start community communityserver --suite xor --listen "$LINUX:5000"
    hear community "listening on"
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot start_device --suite xor join "$LINUX:5000" --name board
    hear device "online as board"
    hear community "board joined: $DEVICE:5460"
    stop device
    hear community "board left"
    stop community
}

need ping "apt-get install iputils-ping"
build p2pm-tap p2pm-host p2pm-tap
set_the_stage
find_the_tool
narrate "A device listens for chats. Linux sees it behind a TAP; its TCP/IP is smoltcp, which answers a ping."
tell_of_the_ping
tell_of_the_call
tell_of_the_other_direction
tell_of_the_list
tell_of_the_community
tell_of_the_other_suite
tell_of_the_circle
tell_of_the_mailbox
narrate "That was all of it."
