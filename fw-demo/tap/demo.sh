#!/usr/bin/env bash
# The whole story of a small device, told by the programs themselves: on one side of a TAP the programs of
# Linux, on the other p2pm-tap. Everything happens in a network namespace of its own, which is gone afterwards;
# no packet leaves it. Run it as root; it ends by itself, and fails at the first thing that is not as it should be.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly LINUX=192.0.2.1 DEVICE=192.0.2.2 TAP=p2pm0 # addresses of RFC 5737
readonly PATIENCE=20                                 # seconds for anything to happen
readonly USERS=16                                    # of the community on the device

step="getting ready"
stage=""                       # directory of pipes to and from the actors, gone with the script
namespace=""                   # gone with the script, too
cautioned=false                # every program says the same of its suite; once is enough here
declare -A pid input output    # of every actor: process, descriptors of its pipes
declare -A partial             # what an actor has said of a line that is not at its end
declare -A bystander           # those of whom only what is waited for is shown

# ---- the stage

fail() {
    printf 'demo: %s: %s\n' "$step" "$*" >&2
    exit 1
}

narrate() {
    step=${1%.}
    printf '\n--- %s\n' "$1"
}

show() { # ACTOR MARK LINE: what the user of the actor sees, after a '|', or types, after a '>'
    if [[ $3 == caution:* ]]; then
        ! $cautioned || return 0
        cautioned=true
    fi
    printf '%12s %s %s\n' "$1" "$2" "$3"
}

clean_up() {
    local actor
    trap '' INT TERM HUP
    # Nobody is left to say goodbye to, so nobody is waited for.
    for actor in "${!pid[@]}"; do
        kill -KILL "${pid[$actor]}" || true
        wait "${pid[$actor]}" || true
    done 2>/dev/null
    if [[ -n $namespace ]]; then ip netns del "$namespace" 2>/dev/null || true; fi
    if [[ -n $stage ]]; then rm -rf "$stage"; fi
}

check_needs() {
    [[ $EUID -eq 0 ]] || fail "a network namespace and a TAP are made by root alone: sudo $0"
    command -v ip >/dev/null || fail "the command ip is missing: apt-get install iproute2"
    command -v ping >/dev/null || fail "the command ping is missing: apt-get install iputils-ping"
}

build() {
    local target=${CARGO_TARGET_DIR:-target}
    if command -v cargo >/dev/null; then
        cargo build --release --locked --package p2pm-host --package p2pm-tap
    elif [[ ! -x $target/release/p2pm-tap ]]; then
        fail "cargo is not on the path of root; as yourself: cargo build --release, and then again"
    fi
    PATH="$(cd "$target/release" && pwd):$PATH"
}

set_the_stage() {
    stage=$(mktemp --directory)
    # Where a node rings the client of the same user: not one outside of this story.
    mkdir -m 700 "$stage/run"
    export XDG_RUNTIME_DIR="$stage/run"
    # Named before it is made: whatever comes between, it is cleaned up.
    namespace="p2pm-demo-${stage##*.}"
    ip netns add "$namespace" || fail "the kernel makes no network namespace"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" tuntap add dev "$TAP" mode tap || fail "the kernel makes no TAP: modprobe tun"
    # Nothing on the wire but what belongs to the story.
    ip -n "$namespace" link set "$TAP" addrgenmode none multicast off
    ip -n "$namespace" addr add "$LINUX/24" dev "$TAP"
    ip -n "$namespace" link set "$TAP" up
}

# ---- the actors

start() { # ACTOR COMMAND...
    local actor=$1 in out
    shift
    mkfifo "$stage/$actor.in" "$stage/$actor.out"
    ip netns exec "$namespace" "$@" <"$stage/$actor.in" >"$stage/$actor.out" 2>&1 &
    pid[$actor]=$!
    exec {in}>"$stage/$actor.in" {out}<"$stage/$actor.out"
    input[$actor]=$in output[$actor]=$out partial[$actor]=""
}

start_device() { # ACTOR ARGUMENT...: p2pm-tap on the TAP
    local actor=$1
    shift
    start "$actor" p2pm-tap --tap "$TAP" --ip "$DEVICE/24" "$@"
}

# next_piece ACTOR: adds to what the actor has said of this line. False at the end of all, and when time is up.
next_piece() {
    local piece status=0
    IFS= read -r -N 1 -t "$((deadline > SECONDS ? deadline - SECONDS : 1))" -u "${output[$1]}" piece || status=$?
    ((SECONDS < deadline)) || return 1
    partial[$1]+=$piece
    return "$status"
}

# hear ACTOR TEXT: the actor says a line with this text, now or soon. What it says before is shown, too.
hear() {
    local actor=$1 text=$2 deadline=$((SECONDS + PATIENCE)) line
    while next_piece "$actor"; do
        [[ ${partial[$actor]} == *$'\n' ]] || continue
        line=${partial[$actor]%$'\n'}
        partial[$actor]=""
        [[ -v bystander[$actor] && $line != *"$text"* ]] || show "$actor" '|' "$line"
        [[ $line != *"$text"* ]] || return 0
    done
    [[ -z ${partial[$actor]} ]] || show "$actor" '|' "${partial[$actor]}"
    fail "$actor did not say: $text"
}

# answer ACTOR QUESTION TEXT: the actor asks this, now or soon, and the user types that.
answer() {
    local actor=$1 question=$2 text=$3 deadline=$((SECONDS + PATIENCE))
    while [[ ${partial[$actor]} != *"$question" ]]; do
        next_piece "$actor" || fail "$actor did not ask: $question"
        if [[ ${partial[$actor]} == *$'\n' ]]; then
            [[ -v bystander[$actor] ]] || show "$actor" '|' "${partial[$actor]%$'\n'}"
            partial[$actor]=""
        fi
    done
    show "$actor" '>' "${partial[$actor]}$text"
    partial[$actor]=""
    printf '%s\n' "$text" >&"${input[$actor]}"
}

# ends ACTOR STATUS: it ends by itself, now or soon, with this exit status.
ends() {
    local actor=$1 expected=$2 deadline=$((SECONDS + PATIENCE)) status=0
    while next_piece "$actor"; do
        [[ ${partial[$actor]} == *$'\n' ]] || continue
        [[ -v bystander[$actor] ]] || show "$actor" '|' "${partial[$actor]%$'\n'}"
        partial[$actor]=""
    done
    ((SECONDS < deadline)) || fail "$actor did not end"
    wait "${pid[$actor]}" || status=$?
    eval "exec ${output[$actor]}<&- ${input[$actor]}>&-"
    rm "$stage/$actor.in" "$stage/$actor.out"
    unset "pid[$actor]" "input[$actor]" "output[$actor]" "partial[$actor]"
    ((status == expected)) || fail "$actor ended with status $status instead of $expected"
}

stop() { # ACTOR [STATUS]: tells it to end, which it does after a goodbye
    kill -TERM "${pid[$1]}"
    ends "$1" "${2:-0}"
}

# ---- the story

tell_of_the_ping() {
    narrate "A device listens for chats. Linux sees it behind a TAP; its TCP/IP is smoltcp, which answers a ping."
    P2PM_PASSWORD=apricot start_device device node
    hear device "listening on port 5460"
    start ping ping -n -c 3 -i 0.2 -W 5 "$DEVICE"
    hear ping "3 received"
    ends ping 0
}

tell_of_the_call() {
    narrate "Katie, on Linux, calls the device. The one who calls writes first; then they take turns."
    P2PM_CHAT_PASSWORD=apricot start katie client --call "$DEVICE:5460"
    answer katie "YOU: " "hello device!"
    hear device "THEM: hello device!"
    answer device "" "hello katie!"
    hear katie "THEM: hello katie!"
    answer katie "YOU: " "quit"
    hear device "chat over"
    hear device "listening"
    ends katie 0

    narrate "Somebody else does not know the password of the device, and is refused."
    P2PM_CHAT_PASSWORD=guess start stranger client --call "$DEVICE:5460"
    hear stranger "wrong password"
    ends stranger 3
    hear device "wrong password"
    stop device
}

tell_of_the_other_direction() {
    narrate "The other way about: Abdul listens, on Linux. The device calls him, first with a wrong password."
    P2PM_PASSWORD=walnut start abdul nodeServer --port 5461
    hear abdul "listening..."
    P2PM_CHAT_PASSWORD=guess start_device device chat "$LINUX:5461"
    hear device "wrong password"
    ends device 3
    hear abdul "wrong password"

    narrate "With the right one they talk."
    P2PM_CHAT_PASSWORD=walnut start_device device chat "$LINUX:5461" --name board
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

tell_of_the_list() {
    narrate "A community server runs on Linux; Abdul is there. The device joins, and they see each other."
    P2PM_PASSWORD=quince start community communityserver --listen "$LINUX:5000"
    hear community "listening on"
    P2PM_SERVER_PASSWORD=quince start abdul client --server "$LINUX:5000" --name abdul --port 5461
    hear abdul "you are online as abdul"
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot start_device device join "$LINUX:5000" --name board --echo
    hear device "online as board"
    hear device "abdul is at $LINUX:5461"
    hear community "board joined: $DEVICE:5460"
    hear abdul "board is online: $DEVICE:5460"
    answer abdul "menu: " ""
    hear abdul "[2] board"
    hear abdul "5460"

    narrate "Katie calls the device, which sends back what it hears. While they talk it is not on the list."
    P2PM_CHAT_PASSWORD=apricot start katie client --call "$DEVICE:5460"
    answer katie "YOU: " "is there an echo?"
    hear katie "THEM: is there an echo?"
    hear device "left the community server"
    hear community "board left"
    hear abdul "board is gone"

    narrate "When they are done, it comes back by itself."
    answer katie "YOU: " "quit"
    ends katie 0
    hear device "online as board"
    hear community "board joined"
    hear abdul "board is online"
    stop device
    hear abdul "board is gone"
    stop abdul 130
    stop community
}

tell_of_the_community() {
    local user users=()
    narrate "Now the device is the community server, for $USERS users. As many join from Linux."
    P2PM_PASSWORD=quince start_device device community
    hear device "community of $USERS on port 5000"
    export P2PM_SERVER_PASSWORD=quince
    for ((number = 1; number <= USERS; number++)); do
        printf -v user 'user%02d' "$number"
        users+=("$user")
        bystander[$user]=true
        start "$user" client --server "$DEVICE:5000" --name "$user" --port "$((6000 + number))"
        hear device "$user joined"
        hear "$user" "you are online as $user"
    done

    narrate "One more is told that the community is full."
    start katie client --server "$DEVICE:5000" --name katie --port 5461
    hear katie "the community server is full"
    ends katie 3

    narrate "One leaves, and there is room."
    bystander[katie]=true
    answer user07 "menu: " "menu"
    answer user07 "Selection: " "3"
    ends user07 0
    hear device "user07 left ($((USERS - 1)) online)"
    start katie client --server "$DEVICE:5000" --name katie --port 5461
    hear katie "you are online as katie"
    hear device "katie joined from $LINUX:5461 ($USERS online)"
    hear user01 "katie is online"

    narrate "The device says goodbye to all of them."
    stop device
    for user in "${users[@]}" katie; do
        [[ -v pid[$user] ]] || continue
        hear "$user" "community server: "
        stop "$user" 130
    done
}

tell_of_the_other_suite() {
    narrate "All of that was sealed. In the suite of 2015, which protects nothing, a device talks, too."
    P2PM_PASSWORD=walnut start abdul nodeServer --suite xor --port 5461
    hear abdul "listening..."
    P2PM_CHAT_PASSWORD=walnut start_device device --suite xor chat "$LINUX:5461" --name board
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
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot start_device device --suite xor join "$LINUX:5000" --name board
    hear device "online as board"
    hear community "board joined: $DEVICE:5460"
    stop device
    hear community "board left"
    stop community
}

trap clean_up EXIT
trap 'printf "demo: %s: a command failed\n" "$step" >&2' ERR
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
check_needs
build
set_the_stage
tell_of_the_ping
tell_of_the_call
tell_of_the_other_direction
tell_of_the_list
tell_of_the_community
tell_of_the_other_suite
narrate "That was all of it."
