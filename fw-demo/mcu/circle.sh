# shellcheck shell=bash
# Scenes of a board in a circle, on the stage of stage.sh, with people on Linux.

readonly PASSPHRASE=47-coral-tulip-anvil-mocha

# join_circle ACTOR PORT OPTION...: somebody on Linux, with settings of their own.
join_circle() {
    P2PM_PASSPHRASE=$PASSPHRASE start "$1" p2pm --profile "$1" --name "$1" --port "$2" --accept all --no-discovery "${@:3}"
}

# be_in_circle KEY=VALUE...: the board dials Katie, and keeps its key in a file, as in its flash.
be_in_circle() {
    P2PM_PASSPHRASE=$PASSPHRASE boot role=circle "name=$device" "peer=$LINUX:7776" "identity=$stage/$device.key" "$@"
}

# ask_about ACTOR COMMAND...: what p2pm says to somebody beside the actor, of the actor's node.
ask_about() {
    ip netns exec "$namespace" p2pm --profile "$1" "${@:2}"
}

tell_of_the_thermometer() {
    narrate "A board has the passphrase of a circle, and the address of one who is in it, on Linux: Katie."
    join_circle katie 7776
    be_in_circle
    hear "$device" "katie is here"

    narrate "Abdul and Zoe come to Katie, who tells them of the board, and the board of them."
    join_circle abdul 7777 --connect "$LINUX:7776"
    hear "$device" "abdul is here"
    join_circle zoe 7778 --connect "$LINUX:7776"
    hear "$device" "zoe is here"

    narrate "It is a thermometer. Whoever asks it is answered."
    hear katie "$device is here"
    answer katie "" "temp?"
    hear "$device" "katie: temp?"
    hear katie "21 °C"

    narrate "It gets hot, and the board raises an alarm to everybody."
    answer "$device" "" "temp 85"
    for person in katie abdul zoe; do hear "$person" "alarm: 85 °C"; done

    narrate "At its serial line somebody sees who is here, and writes to one of them."
    answer "$device" "" "who"
    hear "$device" "zoe ("
    answer "$device" "" "send zoe the door is open"
    hear zoe "the door is open"
    hear "$device" "received by zoe"

    narrate "It has no room for files, and says so."
    printf 'a plan\n' >"$stage/plan"
    start offer p2pm --profile katie send "$device" --file "$stage/plan"
    hear offer "files are not taken there"
    ends offer 1
    tell_of_the_reset
    for person in katie abdul zoe; do stop "$person" 130; done
}

tell_of_the_reset() {
    narrate "The board is started again. Its key is the one from before, so it is the same to everybody."
    say_goodbye
    hear katie "$device left: goodbye"
    be_in_circle
    hear "$device" "the key is the one from before"
    hear katie "$device is here"
    local known
    known=$(ask_about katie who | grep -c "^$device (")
    ((known == 1)) || fail "katie knows $known of it"
    say_goodbye
}

tell_of_the_lease() {
    narrate "There is a server of addresses on the network. The board asks it for one, and dials Katie then."
    start server dnsmasq --keep-in-foreground --conf-file=/dev/null --log-facility=- --port=0 --user=root \
        --interface="$TAP" --bind-interfaces --no-ping --dhcp-range=192.0.2.50,192.0.2.59,1h --dhcp-leasefile="$stage/leases"
    hear server "DHCP, IP range"
    join_circle katie 7776
    P2PM_PASSPHRASE=$PASSPHRASE boot role=circle ip=dhcp "name=$device" "peer=$LINUX:7776"
    hear server "DHCPACK"
    hear katie "$device is here"
    # Read to its end, or who writes it fails.
    ask_about katie who | grep "^$device (.*, at 192\.0\.2\.5[0-9]:7776" >/dev/null || fail "the board has no address of the server's"
    say_goodbye
    stop katie 130
    stop server
}
