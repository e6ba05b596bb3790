# shellcheck shell=bash
# Scenes that every device plays in the same way, on the stage of stage.sh. A story says who the device is:
# $device is its name on the stage, and these start and end it.
#
#   be_a_node        it waits for chats on port 5460; its console is the actor's
#   be_a_member      the same on the list of the community server, as "board"; it sends back what it hears
#   be_a_community   it is a community server on port 5000
#   be_in_a_circle   it is a node of the circle of P2PM_PASSPHRASE, called "board", and is told no address
#   say_goodbye      it is told to end, which it does

readonly USERS=16 # of the community on the device
suite=sealed      # of everybody in a scene

tell_of_the_ping() {
    P2PM_PASSWORD=apricot be_a_node
    hear "$device" "listening on port 5460"
    start ping ping -n -c 3 -i 0.2 -W 5 "$DEVICE"
    hear ping "3 received"
    ends ping 0
}

# The device is a node already.
tell_of_the_call() {
    narrate "Katie, on Linux, calls the device. The one who calls writes first; then they take turns."
    P2PM_CHAT_PASSWORD=apricot start katie client --suite "$suite" --call "$DEVICE:5460"
    answer katie "YOU: " "hello device!"
    hear "$device" "THEM: hello device!"
    answer "$device" "" "hello katie!"
    hear katie "THEM: hello katie!"
    answer katie "YOU: " "quit"
    hear "$device" "chat over"
    hear "$device" "listening"
    ends katie 0

    narrate "Somebody else does not know the password of the device, and is refused."
    P2PM_CHAT_PASSWORD=guess start stranger client --suite "$suite" --call "$DEVICE:5460"
    hear stranger "wrong password"
    ends stranger 3
    hear "$device" "wrong password"
    say_goodbye
}

tell_of_the_list() {
    narrate "A community server runs on Linux; Abdul is there. The device joins, and they see each other."
    P2PM_PASSWORD=quince start community communityserver --suite "$suite" --listen "$LINUX:5000"
    hear community "listening on"
    P2PM_SERVER_PASSWORD=quince start abdul client --suite "$suite" --server "$LINUX:5000" --name abdul --port 5461
    hear abdul "you are online as abdul"
    P2PM_SERVER_PASSWORD=quince P2PM_PASSWORD=apricot be_a_member
    hear "$device" "online as board"
    hear "$device" "abdul is at $LINUX:5461"
    hear community "board joined: $DEVICE:5460"
    hear abdul "board is online: $DEVICE:5460"
    answer abdul "menu: " ""
    hear abdul "[2] board"
    hear abdul "5460"

    narrate "Katie calls the device, which sends back what it hears. While they talk it is not on the list."
    P2PM_CHAT_PASSWORD=apricot start katie client --suite "$suite" --call "$DEVICE:5460"
    answer katie "YOU: " "is there an echo?"
    hear katie "THEM: is there an echo?"
    hear "$device" "left the community server"
    hear community "board left"
    hear abdul "board is gone"

    narrate "When they are done, it comes back by itself."
    answer katie "YOU: " "quit"
    ends katie 0
    hear "$device" "online as board"
    hear community "board joined"
    hear abdul "board is online"
    say_goodbye
    hear abdul "board is gone"
    stop abdul 130
    stop community
}

join_the_device() { # USER PORT: a client, on the list of the device
    start "$1" client --suite "$suite" --server "$DEVICE:5000" --name "$1" --port "$2"
}

tell_of_the_community() {
    local user users=()
    narrate "Now the device is the community server, for $USERS users. As many join from Linux."
    P2PM_PASSWORD=quince be_a_community
    hear "$device" "community of $USERS on port 5000"
    export P2PM_SERVER_PASSWORD=quince
    for ((number = 1; number <= USERS; number++)); do
        printf -v user 'user%02d' "$number"
        users+=("$user")
        bystander[$user]=true
        join_the_device "$user" "$((6000 + number))"
        hear "$device" "$user joined"
        hear "$user" "you are online as $user"
    done

    narrate "One more is told that the community is full."
    join_the_device katie 5461
    hear katie "the community server is full"
    ends katie 3

    narrate "One leaves, and there is room."
    bystander[katie]=true
    answer user07 "menu: " "menu"
    answer user07 "Selection: " "3"
    ends user07 0
    hear "$device" "user07 left ($((USERS - 1)) online)"
    join_the_device katie 5461
    hear katie "you are online as katie"
    hear "$device" "katie joined from $LINUX:5461 ($USERS online)"
    hear user01 "katie is online"

    narrate "The device says goodbye to all of them."
    say_goodbye
    for user in "${users[@]}" katie; do
        [[ -v pid[$user] ]] || continue
        hear "$user" "community server: "
        stop "$user" 130
    done
}

# Whoever joins the circle is accepted.
join_the_circle() { # USER: somebody with p2pm on Linux
    mkdir -p "$stage/$1"
    HOME="$stage/$1" XDG_CONFIG_HOME="$stage/$1" XDG_DATA_HOME="$stage/$1" XDG_RUNTIME_DIR="$stage/$1" \
        start "$1" p2pm --name "$1" --accept all
}

tell_of_the_circle() {
    export P2PM_PASSPHRASE=47-coral-tulip-anvil-mocha
    narrate "Nobody tells this device an address. It knows a passphrase, as Katie does, and they find each other."
    be_in_a_circle
    hear "$device" "on port 7776"
    join_the_circle katie
    hear katie "board is here"
    hear "$device" "katie is here"
    answer katie "everyone> " "hello board!"
    hear "$device" "katie: hello board!"
    answer "$device" "" "send katie hello katie!"
    hear katie "hello katie!"
    hear "$device" "received by katie"

    narrate "Abdul comes later, and finds both. The device raises an alarm to everybody."
    join_the_circle abdul
    hear "$device" "abdul is here"
    hear abdul "board is here"
    answer "$device" "" "all the door is open"
    hear katie "the door is open"
    hear abdul "the door is open"

    narrate "A tool of UPnP, which knows nothing of p2pm, lists the device, too."
    start tool gssdp-discover --interface="$TAP" --rescan-interval=5 --target=urn:p2pm-example:device:Node:1
    hear tool "http://$DEVICE:7776/description.xml"
    kill -TERM "${pid[tool]}"
    see_off tool

    narrate "The device leaves, and says so."
    say_goodbye
    hear katie "board left: goodbye"
    stop katie 130
    stop abdul 130
    unset P2PM_PASSPHRASE
}

# A device with room for the texts of others.
tell_of_the_mailbox() {
    export P2PM_PASSPHRASE=47-coral-tulip-anvil-mocha
    narrate "Abdul, Katie and the device know each other. Abdul leaves; Katie writes to him, and the device holds that."
    be_in_a_circle
    join_the_circle katie
    hear katie "board is here"
    join_the_circle abdul
    hear katie "abdul is here"
    hear "$device" "abdul is here"
    stop abdul 130
    hear katie "abdul left: goodbye"
    hear "$device" "abdul has left"
    answer katie "everyone> " "/to abdul"
    answer katie "abdul> " "see you at eight"
    hear katie "held by board for abdul"
    answer "$device" "" "who"
    hear "$device" "away, 1 held"

    narrate "Katie leaves, too. When Abdul is back, he has it from the device."
    stop katie 130
    hear "$device" "katie has left"
    join_the_circle abdul
    hear abdul "katie: see you at eight"
    say_goodbye
    stop abdul 130
    unset P2PM_PASSPHRASE
}

# find_the_tool: gssdp-discover is on the path, if need be out of a package of Debian's whose other tools want a desktop.
find_the_tool() {
    if command -v gssdp-discover >/dev/null; then return; fi
    apt-cache show gupnp-tools >/dev/null 2>&1 || apt-get update --quiet=2
    (cd "$stage" && apt-get download --quiet=2 -o APT::Sandbox::User=root gupnp-tools >/dev/null) ||
        fail "gssdp-discover is missing: apt-get install gupnp-tools"
    dpkg-deb --extract "$stage"/gupnp-tools_*.deb "$stage/gupnp-tools"
    PATH="$stage/gupnp-tools/usr/bin:$PATH"
    ! ldd "$(command -v gssdp-discover)" | grep "not found" || fail "apt-get install libgssdp-1.6-0"
}
