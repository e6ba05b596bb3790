#!/usr/bin/env bash
# measure.sh [--write]: what the core and whole nodes cost. Every figure must be within its budget, in the table of
# README.md; with --write the table is told what was measured.
#
# A node is measured on a board if the table has a row of it.
set -euo pipefail
shopt -s inherit_errexit # what is only half measured is not measured
cd "$(dirname "$0")"

readonly TABLE=README.md
readonly IMAGES=${CARGO_TARGET_DIR:-target}/thumbv7m-none-eabi/release
readonly BOARDS=(mps2-an385 lm3s6965evb)
readonly NODE="node on" # what a row of a board begins with
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
    llvm-size --format=sysv "$image" | awk -v names=" $* " 'index(names, " " $1 " ") { sum += $2 } END { print sum + 0 }'
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
    local found
    found=$(llvm-nm --demangle "$1" | grep --extended-regexp '__rust_\w*alloc|__rg_|__rdl_|[ <&($]alloc(::|\.\.)' || true)
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

# run_node BOARD: the log of a busy node on it, which says "stack: 12345 bytes used" now and then.
run_node() {
    ./busy.sh "$1" || fail "the node on $1 did not do what it should"
}

# ram_length BOARD: how many bytes of RAM it has, the stack among them.
ram_length() {
    sed -n 's/^ *\(RAM\|STACK\) .*LENGTH = \([0-9]*\)K$/\2/p; s/^ *\(RAM\|STACK\) .*LENGTH = \([0-9]*\)M$/\2 * 1024/p' \
        "$1/memory.x" | awk '{ sum += $1 * ($3 == "" ? 1 : $3) } END { print sum * 1024 }'
}

# measure_core NAME IMAGE: what it has more than an image of nothing.
measure_core() {
    local image=$IMAGES/$2 empty=$IMAGES/footprint-empty
    check_no_allocator "$image"
    printf 'core with %s: flash: %d\n' "$1" "$(($(flash_of "$image") - $(flash_of "$empty")))"
    printf 'core with %s: RAM: %d\n' "$1" "$(($(ram_of "$image") - $(ram_of "$empty")))"
}

# measure_node BOARD
measure_node() {
    local image=$IMAGES/$1 stack
    check_no_allocator "$image"
    stack=$(run_node "$1" | sed -n 's/.*stack: \([0-9]*\) bytes used.*/\1/p' | sort --numeric-sort | tail -n 1)
    [[ -n $stack ]] || fail "the node on $1 does not say how much of its stack is used"
    printf '%s %s: flash: %d\n' "$NODE" "$1" "$(flash_of "$image")"
    printf '%s %s: RAM: %d\n' "$NODE" "$1" "$(ram_of "$image")"
    printf '%s %s: stack: %d\n' "$NODE" "$1" "$stack"
    if grep -q "^| $NODE $1: RAM to spare" "$TABLE"; then
        printf '%s %s: RAM to spare: %d\n' "$NODE" "$1" "$(($(ram_length "$1") - $(ram_of "$image") - stack))"
    fi
}

# measure: everything, as "what: how many".
measure() {
    local board
    ./cargo.sh build --quiet --release --locked -p footprint
    measure_core xor footprint-xor
    measure_core "xor and sealed" footprint-xor-and-sealed
    ./cargo.sh build --quiet --release --locked -p instructions
    emulate mps2-an385 "$IMAGES/instructions" -icount shift=0
    for board in "${BOARDS[@]}"; do
        grep -q "^| $NODE $board:" "$TABLE" || continue
        ./cargo.sh build --quiet --release --locked -p "$board"
        measure_node "$board"
    done
}

# write: the table as it is with what is measured, which is read.
write() {
    awk '
        FNR == NR { match($0, /.*: /); measured[substr($0, 1, RLENGTH - 2)] = substr($0, RLENGTH + 1); next }
        split($0, cell, / *\| */) == 5 && cell[2] in measured {
            $0 = "| " cell[2] " | " measured[cell[2]] " | " cell[4] " |"
        }
        { print }' - "$TABLE"
}

# check: what is measured, which is read, against the table. Names what is over its budget, or has none.
check() {
    awk '
        FNR == NR && split($0, cell, / *\| */) == 5 && cell[4] ~ /^at (most|least) [0-9]+$/ { budget[cell[2]] = cell[4] }
        FNR == NR { next }
        function within(value, budget, words) {
            split(budget, words, " ")
            return words[2] == "most" ? value <= words[3] + 0 : value >= words[3] + 0
        }
        {
            match($0, /.*: /)
            what = substr($0, 1, RLENGTH - 2)
            value = substr($0, RLENGTH + 1) + 0
            complaint = what in budget ? within(value, budget[what]) ? "" : ", but " budget[what] : ", without a budget"
            print $0 complaint
            if (complaint != "") failed = 1
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
