#!/usr/bin/env bash
# Thousands of links of a circle with a board in QEMU, and of texts, then hundreds of chats and visits, one after the other, the
# latter on a wire that loses packets. At the end nothing of them may be left, neither a socket nor stack nor time, and all that
# was said was heard, in order, once. Run it as root, and let it: it takes a while. What can be set, and what it is otherwise:
#
#   fw-demo/mcu/soak.sh board=mps2-an385 links=2000 texts=20000 lost=0 chats=400 visits=150 drop=5 suite=sealed
#
# On lm3s6965evb there are links alone, and none of its packets are lost: lost=0 chats=0 visits=0.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

readonly PATIENCE=150        # seconds for anything to happen: one time limit of the protocol may follow another
readonly QUIET=12            # seconds in which a socket that is on its way out is out
readonly ATTEMPTS=6          # how often a session is begun at most
readonly WARM_UP=20          # sessions after which the stack has seen everything
readonly SAMPLE=40           # sessions at the start, and at the end, whose times are compared
readonly SLOWER_PERCENT=150  # what the last may take of the time of the first
# shellcheck source-path=SCRIPTDIR source=../stage.sh
source fw-demo/stage.sh
# shellcheck source-path=SCRIPTDIR source=board.sh
source fw-demo/mcu/board.sh
# shellcheck source-path=SCRIPTDIR source=circle.sh
source fw-demo/mcu/circle.sh
# shellcheck source-path=SCRIPTDIR source=soak_links.sh
source fw-demo/mcu/soak_links.sh

board=mps2-an385 links=2000 texts=20000 lost=0 chats=400 visits=150 drop=5 suite=sealed
device=""

is_ready=false             # the board is on the list, or its own list is open
session=0                  # the one that is on
anew=0                     # how many were begun anew
times=()                   # what each took that came to its end, in milliseconds
free="" fewest_free=""     # sockets, as the board last said, and the least that it has ever said
free_at_start=""           # before the first session
sockets=""                 # of all
stack="" stack_since=0     # the most that was ever used, in bytes, and the session that needed it
arrivals=0                 # of the board on the list of Linux, or of Linux on the list of the board
departures=0               # of Linux from the list of the board
last_line=""               # of a client that has ended
cuts=0                     # links that ended before they should

take_settings() { # KEY=VALUE...
    local setting
    for setting in "$@"; do
        [[ $setting =~ ^(links|texts|chats|visits|lost|drop)=(0|[1-9][0-9]*)$|^suite=(sealed|xor)$|^board=[a-z0-9-]+$ ]] ||
            fail "there is no setting $setting; there are: board=BOARD links=NUMBER texts=NUMBER lost=PERCENT" \
                "chats=NUMBER visits=NUMBER drop=PERCENT suite=sealed|xor"
        printf -v "${setting%%=*}" '%s' "${setting#*=}"
    done
    device=$board
}

# ---- what the board says

note() { # LINE
    case $1 in
        *panic*) fail "the board: $1" ;;
        "chat with "*) is_ready=false ;;
        "katie is here") is_ready=true ;;
        "katie has left")
            is_ready=false
            ((++cuts))
            ;;
        "community of "*) is_ready=true ;;
        "online as "*)
            is_ready=true
            ((++arrivals))
            ;;
        *" joined from "*) ((++arrivals)) ;;
        *" left ("*) ((++departures)) ;;
    esac
    if [[ $1 =~ stack:\ ([0-9]+)\ bytes\ used ]]; then
        stack=${BASH_REMATCH[1]} stack_since=$session
    elif [[ $1 =~ sockets:\ ([0-9]+)\ free\ of\ ([0-9]+) ]]; then
        free=${BASH_REMATCH[1]} sockets=${BASH_REMATCH[2]}
        ((${fewest_free:-$free} < free)) || fewest_free=$free
    fi
}

# catch_up ACTOR: notes what it has said by now. Nobody may have to wait because nobody listens.
catch_up() {
    local line deadline=$((SECONDS + PATIENCE))
    while has_spoken "$1"; do
        next_line "$1" || give_up_on "$1" "has come to an end"
        note "$line"
    done
}

wait_until_ready() {
    local line deadline=$((SECONDS + PATIENCE))
    catch_up log
    catch_up "$device"
    until $is_ready; do
        next_line "$device" || give_up_on "$device" "is not there for the next session"
        note "$line"
    done
}

# wait_for_quiet: until the log has had nothing to say for a while.
wait_for_quiet() {
    local line deadline=$((SECONDS + QUIET))
    while next_line log; do
        note "$line"
        deadline=$((SECONDS + QUIET))
    done
}

# ---- sessions

# play NAME COMMAND...: a client that is told the lines of $said, and then that there are no more. What it has heard
# from the other side is in $heard, its exit status in $status.
play() {
    local actor=$1 line deadline=$((SECONDS + PATIENCE))
    start "$@"
    ((${#said[@]} == 0)) || printf '%s\n' "${said[@]}" >&"${input[$actor]}" || true
    no_longer_speak_to "$actor"
    heard=()
    while next_line "$actor"; do
        last_line=$line
        [[ $line != *"THEM: "* ]] || heard+=("${line#*THEM: }")
    done
    see_off "$actor"
}

# chat LABEL: the board sends back what it is told. False if the network stood in the way.
chat() {
    local heard said=("$1, first message" "$1, second message")
    P2PM_CHAT_PASSWORD=apricot play katie client --suite "$suite" --call "$DEVICE:5460"
    # Whatever came is what was said, in order, once; and all of it, if the chat came to its end.
    ((status != 0)) || [[ ${#heard[@]} -eq ${#said[@]} ]] || fail "$1: only ${#heard[@]} messages were heard"
    [[ ${heard[*]} == "${said[*]:0:${#heard[@]}}" ]] || fail "$1: heard was: ${heard[*]}"
    has_come_to_its_end "$1"
}

# visit LABEL: somebody joins, looks at the list and leaves. False if the network stood in the way.
visit() {
    local heard said=()
    play "$1" client --suite "$suite" --server "$DEVICE:5000" --name "$1" --port 5461
    has_come_to_its_end "$1"
}

# has_come_to_its_end LABEL: false if the network stood in the way, or an end that the board has yet to notice.
has_come_to_its_end() {
    case $status in
        0) return 0 ;;
        1) return 1 ;;
        3) [[ $last_line != *busy* ]] || return 1 ;;
    esac
    fail "$1 ended with status $status: $last_line"
}

# repeat NUMBER SESSION: so many sessions, one after the other, each begun anew if the network stood in the way.
repeat() {
    local attempt began
    for ((session = 1; session <= $1; session++)); do
        for ((attempt = 1; ; attempt++)); do
            wait_until_ready
            [[ ! -v pid[community] ]] || catch_up community
            began=${EPOCHREALTIME/./}
            ! "$2" "$2-$session-$attempt" || break
            ((attempt < ATTEMPTS)) || fail "$2 $session was begun $ATTEMPTS times: $last_line"
            ((++anew))
        done
        times+=($(((${EPOCHREALTIME/./} - began) / 1000)))
        ((session % 25 > 0 && session < $1)) || printf '%12s %s of %s, %s begun anew\n' "$2" "$session" "$1" "$anew"
    done
}

# ---- what is left of them

begin() { # COMMAND...: starts the board, before the first session
    is_ready=false session=0 anew=0 times=() arrivals=0 departures=0
    free="" fewest_free="" sockets="" stack="" stack_since=0
    bystander[$device]=true bystander[log]=true
    "$@"
    wait_until_ready
    wait_for_quiet
    [[ -n $free && -n $stack ]] || fail "the log says nothing of sockets, or nothing of the stack"
    free_at_start=$free
}

static_memory() {
    (cd fw-demo/mcu && size "${CARGO_TARGET_DIR:-target}/thumbv7m-none-eabi/release/$device") |
        awk 'NR == 2 { print $2 + $3 }'
}

report() { # WHAT FIGURES
    printf '%16s: %s\n' "$1" "$2"
}

# await_free_sockets: sockets are free again some time after the last session. One that is not by then never will be.
await_free_sockets() {
    local since=$SECONDS
    wait_until_ready
    wait_for_quiet
    while ((free != free_at_start && SECONDS - since < PATIENCE)); do
        wait_for_quiet
    done
    catch_up "$device"
}

check_sockets() {
    report sockets "$free free of $sockets, $free_at_start before the first session, $fewest_free at the least"
    ((free == free_at_start)) || fail "the free sockets are not as many as before"
}

check_memory() {
    report stack "$stack bytes used at the most, first in session $stack_since"
    report "static memory" "$(static_memory) bytes, since the image was linked"
    ((stack_since <= WARM_UP)) || fail "the stack has grown after session $WARM_UP"
}

# The median is a matter of luck: where about half of the sessions lose a packet, and wait until it is sent again, it
# is now among these and now among those. The fastest show what the board takes.
check_times() {
    local count=${#times[@]} sample early late first last
    sample=$((count < SAMPLE ? count : SAMPLE))
    early=("${times[@]:0:sample}") late=("${times[@]:count - sample}")
    report "median time" "$(rank 50 "${early[@]}") ms of the first $sample, $(rank 50 "${late[@]}") ms of the last"
    first=$(rank 10 "${early[@]}") last=$(rank 10 "${late[@]}")
    report "fastest tenth" "$first ms at most of the first $sample, $last ms of the last: $((last * 100 / first)) %"
    ((last * 100 <= first * SLOWER_PERCENT)) || fail "the last sessions were slower than the first"
}

finish() {
    check_sockets
    check_memory
    check_times
    interrupt "$device"
}

soak_with_links() {
    narrate "$device is in a circle, and linked $links times, beside Katie; $texts texts cross; $lost % of the packets are lost."
    join_circle katie 7776
    bystander[katie]=true
    begin be_in_circle "drop=$lost"
    repeat "$links" link
    await_free_sockets
    report links "$links, and $cuts cut"
    report texts "$crossed were shown, in order, once, with their receipts"
    ((lost > 0 || cuts == 0)) || fail "a link was cut"
    finish
    stop katie 130
}

soak_with_chats() {
    narrate "The board is on the list of Linux, and called $chats times; $drop % of the packets are lost."
    P2PM_PASSWORD=quince start community communityserver --suite "$suite" --listen "$LINUX:5000"
    hear community "listening on"
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot begin boot "drop=$drop" role=join "server=$LINUX:5000" name=board echo=yes
    repeat "$chats" chat
    await_free_sockets
    report chats "$chats, $anew of them begun anew; $((chats * 2)) messages came back, in order, once"
    report "on the list" "$arrivals times"
    ((arrivals > chats)) || fail "it did not come back after every chat"
    finish
    bystander[community]=true
    stop community
}

soak_with_visits() {
    narrate "The board has a list of its own, and $visits visitors; $drop % of the packets are lost."
    P2PM_PASSWORD=quince begin boot "drop=$drop" role=community
    export P2PM_SERVER_PASSWORD=quince
    repeat "$visits" visit
    await_free_sockets
    report visits "$visits, $anew of them begun anew; $arrivals have joined, $departures have left"
    ((arrivals >= visits && arrivals == departures)) || fail "not everybody has joined and left"
    finish
}

# A client may end before it has heard what it is told.
trap '' PIPE
take_settings "$@"
need size "apt-get install binutils"
build client p2pm-host
build_images
set_the_stage
((links == 0)) || soak_with_links
((chats == 0)) || soak_with_chats
((visits == 0)) || soak_with_visits
narrate "$links links, $chats chats and $visits visits, and nothing is left of them."
