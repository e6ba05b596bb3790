# shellcheck shell=bash
# The stage for stories that real programs tell, the actors: on one side of a TAP the programs of Linux, on the other
# a device. Everything happens in a network namespace of its own, which is gone afterwards; no packet leaves it.
# Whoever sources this runs as root, ends by itself, and fails at the first thing that is not as it should be.
: "${PATIENCE:?is set by the story: seconds for anything to happen}"

readonly LINUX=192.0.2.1 DEVICE=192.0.2.2 TAP=p2pm0 # addresses of RFC 5737

story=$(basename "$0" .sh)
step="getting ready"
stage=""                       # directory of pipes to and from the actors, gone with the script
namespace=""                   # gone with the script, too
cautioned=false                # every program says the same of its suite; once is enough here
status=0                       # with which the last actor ended
declare -A pid input output    # of every actor: process, descriptors of its pipes
declare -A partial             # what an actor has said of a line that is not at its end
declare -A log_of              # the name under which an actor's log is heard, if that is for itself
declare -A bystander           # those of whom only what is waited for is shown

# ---- the stage

fail() {
    printf '%s: %s: %s\n' "$story" "$step" "$*" >&2
    exit 1
}

narrate() {
    step=${1%.}
    printf '\n--- %s\n' "$1"
}

show() { # ACTOR MARK LINE: what the user of the actor sees, after a '|', or types, after a '>'
    # A prompt at which nothing was typed.
    [[ $2 != '|' || $3 != *'> ' ]] || return 0
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

need() { # COMMAND HOW...: how to install it
    command -v "$1" >/dev/null || fail "the command $1 is missing: ${*:2}"
}

build() { # PROGRAM PACKAGE...: builds the packages. Without cargo, the program shows that somebody has.
    local target=${CARGO_TARGET_DIR:-target} program=$1
    shift
    if command -v cargo >/dev/null; then
        cargo build --release --locked "${@/#/--package=}"
    elif [[ ! -x $target/release/$program ]]; then
        fail "cargo is not on the path of root; as yourself: cargo build --release, and then again"
    fi
    PATH="$(cd "$target/release" && pwd):$PATH"
}

set_the_stage() {
    stage=$(mktemp --directory)
    # Where a node rings the client of the same user: not one outside of this story.
    mkdir -m 700 "$stage/run"
    export XDG_RUNTIME_DIR="$stage/run" XDG_CONFIG_HOME="$stage/config" XDG_DATA_HOME="$stage/data"
    # Named before it is made: whatever comes between, it is cleaned up.
    namespace="p2pm-$story-${stage##*.}"
    ip netns add "$namespace" || fail "the kernel makes no network namespace"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" tuntap add dev "$TAP" mode tap || fail "the kernel makes no TAP: modprobe tun"
    # Nothing on the wire but what belongs to the story.
    ip -n "$namespace" link set "$TAP" addrgenmode none
    ip -n "$namespace" addr add "$LINUX/24" dev "$TAP"
    ip -n "$namespace" link set "$TAP" up
}

# ---- the actors

start() { # ACTOR COMMAND...
    local actor=$1
    shift
    mkfifo "$stage/$actor.in" "$stage/$actor.out"
    ip netns exec "$namespace" "$@" <"$stage/$actor.in" >"$stage/$actor.out" 2>&1 &
    pid[$actor]=$!
    speak_to "$actor"
    listen_to "$actor"
}

start_with_log() { # ACTOR LOG COMMAND...: what it says on standard error is heard for itself, under the name LOG
    local actor=$1 log=$2
    shift 2
    mkfifo "$stage/$actor.in" "$stage/$actor.out" "$stage/$log.out"
    ip netns exec "$namespace" "$@" <"$stage/$actor.in" >"$stage/$actor.out" 2>"$stage/$log.out" &
    pid[$actor]=$! log_of[$actor]=$log
    # In the order in which it opens them.
    speak_to "$actor"
    listen_to "$actor"
    listen_to "$log"
}

speak_to() { # ACTOR
    local in
    exec {in}>"$stage/$1.in"
    input[$1]=$in
}

listen_to() { # ACTOR
    local out
    exec {out}<"$stage/$1.out"
    output[$1]=$out partial[$1]=""
}

no_longer_speak_to() { # ACTOR: to it, that is the end of its input
    eval "exec ${input[$1]}>&-"
    rm "$stage/$1.in"
    unset "input[$1]"
}

no_longer_listen_to() { # ACTOR
    eval "exec ${output[$1]}<&-"
    rm "$stage/$1.out"
    unset "output[$1]" "partial[$1]"
}

# next_piece ACTOR: adds to what the actor has said of this line. False at the end of all, and when time is up.
next_piece() {
    local piece
    ((SECONDS < deadline)) || return 1
    IFS= read -r -N 1 -t "$((deadline - SECONDS))" -u "${output[$1]}" piece || return 1
    partial[$1]+=$piece
}

# next_line ACTOR: its next line is in $line. False at the end of all, and when time is up.
next_line() {
    while next_piece "$1"; do
        [[ ${partial[$1]} == *$'\n' ]] || continue
        line=${partial[$1]%$'\n'}
        partial[$1]=""
        return 0
    done
    return 1
}

# has_spoken ACTOR: whether there is something to hear, be it the end.
has_spoken() {
    read -r -t 0 -u "${output[$1]}"
}

# show_log ACTOR: what its log says by now, if it has one for itself.
show_log() {
    local log=${log_of[$1]-} line
    [[ -n $log ]] || return 0
    while has_spoken "$log" && next_line "$log"; do
        show "$log" '|' "$line"
    done
}

# give_up_on ACTOR WHY: the end of the story. The actor's last words and its log may tell more.
give_up_on() {
    local log=${log_of[$1]-} deadline=$((SECONDS + 2)) line
    [[ -z ${partial[$1]} ]] || show "$1" '|' "${partial[$1]}"
    while [[ -n $log ]] && next_line "$log"; do
        show "$log" '|' "$line"
    done
    fail "$1 $2"
}

# hear ACTOR TEXT: the actor says a line with this text, now or soon. What it says before is shown, too.
hear() {
    local actor=$1 text=$2 deadline=$((SECONDS + PATIENCE)) line
    while next_line "$actor"; do
        [[ -v bystander[$actor] && $line != *"$text"* ]] || show "$actor" '|' "$line"
        [[ $line == *"$text"* ]] || continue
        show_log "$actor"
        return 0
    done
    give_up_on "$actor" "did not say: $text"
}

# answer ACTOR QUESTION TEXT: the actor asks this, now or soon, and the user types that.
answer() {
    local actor=$1 question=$2 text=$3 deadline=$((SECONDS + PATIENCE))
    while [[ ${partial[$actor]} != *"$question" ]]; do
        next_piece "$actor" || give_up_on "$actor" "did not ask: $question"
        if [[ ${partial[$actor]} == *$'\n' ]]; then
            [[ -v bystander[$actor] ]] || show "$actor" '|' "${partial[$actor]%$'\n'}"
            partial[$actor]=""
        fi
    done
    show "$actor" '>' "${partial[$actor]}$text"
    partial[$actor]=""
    printf '%s\n' "$text" >&"${input[$actor]}"
}

# hear_out ACTOR: all that it still says.
hear_out() {
    local line
    while next_line "$1"; do
        [[ -v bystander[$1] ]] || show "$1" '|' "$line"
    done
    ((SECONDS < deadline)) || fail "$1 did not end"
    no_longer_listen_to "$1"
}

# see_off ACTOR: it ends by itself, now or soon. Its exit status is in $status.
see_off() {
    local actor=$1 deadline=$((SECONDS + PATIENCE))
    hear_out "$actor"
    if [[ -v log_of[$actor] ]]; then
        hear_out "${log_of[$actor]}"
        unset "log_of[$actor]"
    fi
    status=0
    wait "${pid[$actor]}" || status=$?
    unset "pid[$actor]"
    [[ ! -v input[$actor] ]] || no_longer_speak_to "$actor"
}

# ends ACTOR STATUS: it ends by itself, now or soon, with this exit status.
ends() {
    see_off "$1"
    ((status == $2)) || fail "$1 ended with status $status instead of $2"
}

stop() { # ACTOR [STATUS]: tells it to end, which it does after a goodbye
    kill -TERM "${pid[$1]}"
    ends "$1" "${2:-0}"
}

interrupt() { # ACTOR [STATUS]: likewise with Ctrl-C on its console, for one whom signals do not reach
    printf '\003' >&"${input[$1]}"
    ends "$1" "${2:-0}"
}

trap clean_up EXIT
trap 'printf "%s: %s: a command failed\n" "$story" "$step" >&2' ERR
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
[[ $EUID -eq 0 ]] || fail "a network namespace and a TAP are made by root alone: sudo $0"
need ip "apt-get install iproute2"
