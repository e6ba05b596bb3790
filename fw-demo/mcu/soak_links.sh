# shellcheck shell=bash
# The links of soak.sh: people come to a board in a circle and leave, while Katie stays. Each time they say something to the
# board, and the board to them, at the same time; then the board is asked a question. There are $links of them, and $texts texts
# in all; the board loses $lost percent of the packets.

readonly REGULARS=4 # so many people come again and again, at every second link; each of the others comes once

guest=""         # who comes now
is_there=false   # the board is linked with the guest
said_by_guest=() # what the board is to show of them
said_by_board=() # what the guest is to show
shown=0          # how much of what the guest says the board has shown
heard=()         # lines of the guest
told=0           # texts to the guest that the board has numbered
last=0           # number of the last of them
received=0       # number up to which the guest has its texts
crossed=0        # texts that were said and shown

# note_line LINE: what the board says. Each text is the next one.
note_line() {
    note "$1"
    case $1 in
        "failed for "*) fail "the board: $1" ;;
        "$guest is here") is_there=true ;;
        "$guest has left") is_there=false ;;
        "received by $guest: up to "*) received=${1##* } ;;
        [1-9]*" to $guest: "*)
            last=${1%% *}
            ((++told))
            ;;
        "$guest: "*)
            [[ $1 == "$guest: ${said_by_guest[shown]-nothing}" ]] ||
                fail "$guest said \"${said_by_guest[shown]-nothing}\" next, and the board shows: $1"
            ((++shown))
            ;;
    esac
}

# await ACTOR CONDITION...: until the condition holds, by what the actor says.
await() {
    local actor=$1 line deadline=$((SECONDS + PATIENCE))
    shift
    until "$@"; do
        next_line "$actor" || give_up_on "$actor" "has not said what there is to wait for: $*"
        if [[ $actor == "$device" ]]; then note_line "$line"; else heard+=("$line"); fi
    done
}

is_linked() { $is_there; }
is_gone() { ! $is_there; }
has_shown_all() { ((shown >= ${#said_by_guest[@]})); }
has_all_receipts() { ((told == ${#said_by_board[@]} && received >= last)); }
has_heard() { [[ ${heard[*]: -1} == *"$1" ]]; } # TEXT

# let_guest_say TEXT...: without a wait.
let_guest_say() {
    said_by_guest+=("$@")
    printf '%s\n' "$@" >&"${input[$guest]}"
}

# let_board_say TEXT...: without a wait.
let_board_say() {
    said_by_board+=("$@")
    printf "send $guest %s\n" "$@" >&"${input[$device]}"
}

# await_all: everything is where it should be, once, in order.
await_all() {
    await "$device" has_shown_all
    await "$guest" has_heard "$device: ${said_by_board[*]: -1}"
    [[ $(printf '%s\n' "${heard[@]}" | sed -n "s/^.*$device: //p") == "$(printf '%s\n' "${said_by_board[@]}")" ]] ||
        fail "$guest has heard: ${heard[*]}"
    await "$device" has_all_receipts
}

# ignore ACTOR: whatever it has said by now, of which the last may be a prompt.
ignore() {
    local deadline=$((SECONDS + PATIENCE))
    while has_spoken "$1"; do
        next_piece "$1" || give_up_on "$1" "has come to an end"
    done
    partial[$1]=""
}

# link: somebody comes, both say what they have to say, and somebody leaves.
link() {
    local number each=$((texts / links / 2)) of="of link $session"
    said_by_guest=() said_by_board=() heard=() shown=0 told=0
    if ((session % 2)); then guest=regular$((session / 2 % REGULARS)); else guest=guest$session; fi
    bystander[$guest]=true
    join_circle "$guest" 7777 --connect "$DEVICE:7776"
    await "$device" is_linked
    await "$guest" has_heard "$device is here"
    for ((number = 1; number < each; number++)); do
        let_guest_say "text $number $of"
        let_board_say "reply $number $of"
    done
    ((each < 2)) || await_all
    let_guest_say "temp?"
    said_by_board+=("21 °C")
    await_all
    ((crossed += 2 * each))
    no_longer_speak_to "$guest" # they leave
    ends "$guest" 0
    await "$device" is_gone
    ignore katie
}
