#!/usr/bin/env bash
# measure.sh [--write]: what the core and whole nodes cost. Every figure must be within its budget, in the table of
# README.md; with --write the table is told what was measured.
set -euo pipefail
shopt -s inherit_errexit # what is only half measured is not measured
cd "$(dirname "$0")"

readonly TABLE=README.md
readonly IMAGES=${CARGO_TARGET_DIR:-target}/thumbv7m-none-eabi/release
readonly BOARDS=(mps2-an385 lm3s6965evb)
readonly SECONDS_MAX=60 # for what takes one

fail() {
    printf 'measure.sh: %s\n' "$*" >&2
    exit 1
}

require() {
    command -v "$1" >/dev/null || fail "$1 is not installed; install $2"
}

# in_sections IMAGE SECTION...: how many bytes they have.
in_sections() {
    local image=$1
    shift
    llvm-size --format=sysv "$image" |
        awk -v names=" $* " 'index(names, " " $1 " ") { sum += $2 } END { print sum + 0 }' || fail "$image cannot be read"
}

flash_of() {
    in_sections "$1" .vector_table .text .rodata .data
}

# Without the stack.
ram_of() {
    in_sections "$1" .data .bss .uninit
}

# check_no_allocator IMAGE
check_no_allocator() {
    local symbols found
    symbols=$(llvm-nm --demangle "$1") || fail "$1 cannot be read"
    # Every image has this one, unless it does not say what is in it.
    grep -q ' T main$' <<<"$symbols" || fail "$1 is without symbols"
    found=$(grep --extended-regexp '__rust_\w*alloc|__rg_|__rdl_|[ <&($]alloc(::|\.\.)' <<<"$symbols" || (($? == 1)))
    [[ -z $found ]] || fail "$1 has an allocator:"$'\n'"$found"
}

# emulate BOARD IMAGE OPTION...: runs it to its end, and prints its log.
emulate() {
    local board=$1 image=$2
    shift 2
    timeout "$SECONDS_MAX" qemu-system-arm -machine "$board" -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$image" "$@" |
        defmt-print -e "$image" --log-format '{s}' || fail "$image did not end as it should on $board"
}

# stack_of BOARD [circle [alone]]: the most that a busy node on it uses, as its log says now and then.
stack_of() {
    local stack
    stack=$(./busy.sh "$@" | sed -n 's/.*stack: \([0-9]*\) bytes used.*/\1/p' | sort --numeric-sort | tail -n 1) ||
        fail "the node on $1 did not do what it should"
    [[ -n $stack ]] || fail "the node on $1 does not say how much of its stack is used"
    printf '%s\n' "$stack"
}

# ram_length BOARD: how many bytes of RAM it has, the stack among them.
ram_length() {
    sed -n 's/^ *\(RAM\|STACK\) .*LENGTH = \([0-9]*\)K$/\2/p; s/^ *\(RAM\|STACK\) .*LENGTH = \([0-9]*\)M$/\2 * 1024/p' \
        "$1/memory.x" | awk '{ sum += $1 * ($3 == "" ? 1 : $3) } END { print sum * 1024 }'
}

# measure_core NAME IMAGE: what it has more than an image of nothing.
measure_core() {
    local image=$IMAGES/$2 empty=$IMAGES/footprint-empty flash ram empty_flash empty_ram
    check_no_allocator "$image"
    flash=$(flash_of "$image")
    ram=$(ram_of "$image")
    empty_flash=$(flash_of "$empty")
    empty_ram=$(ram_of "$empty")
    printf 'core with %s: flash: %d\n' "$1" "$((flash - empty_flash))"
    printf 'core with %s: RAM: %d\n' "$1" "$((ram - empty_ram))"
}

# measure_image NAME BOARD: the image that there is for it now.
measure_image() {
    local image=$IMAGES/$2
    check_no_allocator "$image"
    printf 'image of %s: flash: %d\n' "$1" "$(flash_of "$image")"
    printf 'image of %s: RAM: %d\n' "$1" "$(ram_of "$image")"
}

# measure_role NAME BOARD [circle [alone]]: with the image that there is for it now.
measure_role() {
    local name=$1 stack ram length
    shift
    stack=$(stack_of "$@")
    ram=$(ram_of "$IMAGES/$1")
    length=$(ram_length "$1")
    printf '%s: stack: %d\n' "$name" "$stack"
    printf '%s: RAM to spare: %d\n' "$name" "$((length - ram - stack))"
}

# measure_alone BOARD: with nothing in its image but a circle.
measure_alone() {
    ./cargo.sh build --quiet --release --locked -p "$1" --no-default-features
    measure_image "$1 for a circle alone" "$1"
    measure_role "circle alone on $1" "$1" circle alone
}

# measure_board BOARD: with all roles in its image.
measure_board() {
    ./cargo.sh build --quiet --release --locked -p "$1"
    measure_image "$1" "$1"
    measure_role "node on $1" "$1"
    measure_role "circle on $1" "$1" circle
}

# measure: everything, as "what: how many".
measure() {
    local board
    ./cargo.sh build --quiet --release --locked -p footprint
    measure_core xor footprint-xor
    measure_core sealed footprint-sealed
    measure_core "xor and sealed" footprint-xor-and-sealed
    measure_core "a link" footprint-link
    measure_core "a circle" footprint-circle
    measure_core "a circle and discovery" footprint-circle-and-discovery
    measure_core "a circle and transfers" footprint-circle-and-transfers
    ./cargo.sh build --quiet --release --locked -p instructions
    emulate mps2-an385 "$IMAGES/instructions" -icount shift=0
    measure_alone lm3s6965evb
    for board in "${BOARDS[@]}"; do measure_board "$board"; done
}

# write: the table as it is with what is measured, which is read.
write() {
    awk '
        FNR == NR { match($0, /.*: /); measured[substr($0, 1, RLENGTH - 2)] = substr($0, RLENGTH + 1); next }
        split($0, cell, / *\| */) == 6 && cell[2] in measured {
            $0 = "| " cell[2] " | " measured[cell[2]] " | " cell[4] (cell[4] == "" ? "| " : " | ") cell[5] " |"
        }
        { print }' - "$TABLE"
}

# check: what is measured, which is read, against the table. Names what is not within its budget, or has none. What is
# far below a budget is so because nobody has adapted that, or because it is not measured as it should be.
check() {
    awk '
        FNR == NR && split($0, cell, / *\| */) == 6 && cell[5] ~ /^at (most|least) [0-9]+$/ { budget[cell[2]] = cell[5] }
        FNR == NR { next }
        function complaint(value, budget, words) {
            if (value !~ /^[1-9][0-9]*$/) return ", which is no figure"
            if (budget == "") return ", without a budget"
            split(budget, words, " ")
            if (words[2] == "most" && value * 2 < words[3] + 0) return ", not half of " words[3]
            return (words[2] == "most" ? value + 0 <= words[3] + 0 : value + 0 >= words[3] + 0) ? "" : ", but " budget
        }
        {
            match($0, /.*: /)
            what = substr($0, 1, RLENGTH - 2)
            wrong = complaint(substr($0, RLENGTH + 1), budget[what])
            print $0 wrong
            if (wrong != "") failed = 1
            delete budget[what]
        }
        END {
            for (what in budget) { print what ": not measured"; failed = 1 }
            exit failed
        }' "$TABLE" -
}

for tool in llvm-nm llvm-size; do require "$tool" "Debian's llvm"; done
require qemu-system-arm "Debian's qemu-system-arm"
require defmt-print "it with 'cargo install --locked defmt-print'"
measured=$(measure)
if [[ ${1-} == --write ]]; then
    table=$(write <<<"$measured")
    printf '%s\n' "$table" >"$TABLE"
fi
check <<<"$measured" || fail "not everything is within its budget in $TABLE"
