#!/usr/bin/env bash
# busy.sh BOARD [circle [alone]]: a node on it that is online and has a chat, a crowd at its door and somebody who guesses,
# all of it sealed; or a node of a circle with as many links as it has room for, and such a crowd; alone, its image has no
# other role. Its log says how deep its stack has been. Run it as root; it is a story as demo.sh is one.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly PATIENCE=60 # seconds for anything to happen
readonly CROWD=6     # more than there is room for at a door
# shellcheck source-path=SCRIPTDIR source=../stage.sh
source fw-demo/stage.sh
# shellcheck source-path=SCRIPTDIR source=board.sh
source fw-demo/mcu/board.sh
# shellcheck source-path=SCRIPTDIR source=circle.sh
source fw-demo/mcu/circle.sh
device=${1:?usage: busy.sh BOARD [circle [alone]]} suite=sealed

call_the_node() { # ACTOR PASSWORD
    P2PM_CHAT_PASSWORD=$2 start "$1" client --call "$DEVICE:5460"
}

tell_of_a_busy_node() {
    narrate "The node joins a community."
    P2PM_PASSWORD=quince start community communityserver --listen "$LINUX:5000"
    hear community "listening on"
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot boot role=join "server=$LINUX:5000" name=board echo=yes
    hear "$device" "online as board"

    narrate "A crowd comes to its door and says nothing, so that whoever came first has to go."
    for ((number = 1; number <= CROWD; number++)); do
        start "stranger$number" bash -c "cat </dev/tcp/$DEVICE/5460 >/dev/null"
    done
    hear "$device" "no chat with $LINUX"

    narrate "Somebody guesses, and somebody who knows the password chats with it."
    call_the_node guesser guess
    hear guesser "wrong password"
    ends guesser 3
    call_the_node katie apricot
    answer katie "YOU: " "is there an echo?"
    hear katie "THEM: is there an echo?"
    hear "$device" "left the community server"

    narrate "Another caller is told that it is busy; then it is online again."
    call_the_node abdul apricot
    hear abdul "busy"
    ends abdul 3
    answer katie "YOU: " "quit"
    ends katie 0
    hear "$device" "online as board"
    interrupt "$device"
    stop community
}

# links_of BOARD
links_of() {
    sed -n 's/^pub const LINKS: usize = \([0-9]*\);$/\1/p' "fw-demo/mcu/$1/src/board.rs"
}

tell_of_a_busy_circle() {
    local links number
    links=$(links_of "$device")
    narrate "The node is linked with $links others."
    for ((number = 1; number <= links; number++)); do
        bystander[guest$number]=true
        join_circle "guest$number" "$((7775 + number))"
    done
    be_in_circle
    hear "$device" "guest1 is here"
    for ((number = 2; number <= links; number++)); do
        answer "$device" "" "connect $LINUX:$((7775 + number))"
        hear "$device" "guest$number is here"
    done

    narrate "One more is told that there is no room; a crowd says nothing; somebody guesses."
    join_circle late 7800 --connect "$DEVICE:7776"
    hear late "full"
    for ((number = 1; number <= CROWD; number++)); do
        start "stranger$number" bash -c "cat </dev/tcp/$DEVICE/7776 >/dev/null"
    done
    P2PM_PASSPHRASE=47-coral-tulip-anvil-math start guesser p2pm --profile guesser --name guesser --port 7801 \
        --no-discovery --connect "$DEVICE:7776"
    hear guesser "wrong password"

    narrate "All are said something long, and the node is asked by each."
    answer "$device" "" "all $(printf 'long %.0s' {1..100})"
    for ((number = 1; number <= links; number++)); do
        hear "guest$number" "long long"
        answer "guest$number" "" "temp?"
        hear "guest$number" "21 °C"
    done
    interrupt "$device"
}

case ${*:2} in
    "") roles=() tell=tell_of_a_busy_node ;;
    circle) roles=() tell=tell_of_a_busy_circle ;;
    "circle alone") roles=(--no-default-features) tell=tell_of_a_busy_circle ;;
    *) fail "usage: busy.sh BOARD [circle [alone]]" ;;
esac
build p2pm p2pm-host
build_images "${roles[@]}"
set_the_stage
"$tell"
