#!/usr/bin/env bash
# panics.sh [IMAGE...]: which panics are in an image, and whose they are.
#
# Without an image it looks at those of the core alone, in which there may be no panic but those that panics.txt gives
# a reason for. With the xor suite there is none at all, or that image would not link. In an image that is named, none
# may come from the core; what else is in it concerns others.
set -euo pipefail
shopt -s inherit_errexit # what is only half looked at is not looked at
(($# == 0)) || readarray -t images < <(realpath "$@")
cd "$(dirname "$0")"

readonly REASONS=panics.txt
readonly LINKS_WITHOUT=footprint-xor # see its source
readonly NO_PANIC=there_is_a_panic_that_can_be_reached

fail() {
    printf 'panics.sh: %s\n' "$*" >&2
    exit 1
}

for tool in llvm-addr2line llvm-objdump; do
    command -v "$tool" >/dev/null || fail "$tool is not installed; install Debian's llvm"
done

# panic_calls IMAGE: the address of every instruction that calls what panics, from what does not only do that.
panic_calls() {
    llvm-objdump --disassemble --demangle --no-show-raw-insn "$1" | awk '
        BEGIN { outlined = "^OUTLINED_FUNCTION_[0-9]+$" }
        # The ways to panic that Rust has, whatever they are called from.
        # A copy that panics if the lengths differ is one of them where it is not inlined, so that who calls it is named.
        function panics(name) {
            return name ~ /^core::slice::copy_from_slice_impl/ || name ~ /write_copy_of_slice/ ||
                name ~ /(^|::)rust_begin_unwind/ || name ~ /^core::panicking::/ ||
                name ~ /^(core|alloc)::.*(panic[a-z_]*|_fail|_failed)(::h[0-9a-f]+)?$/
        }
        /^[0-9a-f]+ <.*>:$/ {
            within = substr($0, index($0, "<") + 1)
            sub(/>:$/, "", within)
            next
        }
        # An instruction that names a function branches to it: "address: mnemonic 0xaddress <name> @ ...".
        match($0, /<.*>/) && !panics(within) {
            name = substr($0, RSTART + 1, RLENGTH - 2)
            if (!panics(name) && name !~ outlined) next
            sub(/:.*/, "")
            ++calls
            address[calls] = "0x" $1; caller[calls] = within; callee[calls] = name
            # What several functions end with belongs to none of them: whoever calls it is named.
            if (panics(name) && within ~ outlined) ends[within]
        }
        END {
            for (call = 1; call <= calls; ++call) {
                if ((panics(callee[call]) || callee[call] in ends) && !(caller[call] in ends)) print address[call]
            }
        }'
}

# owners IMAGE: for each address that is read, "crate: function" of whoever brought what is there. Of the functions
# inlined there it is the innermost one of this repository; or if that called a library, what it called there, which
# does not change with every change of the compiler. Rust's own library stands for itself if there is nobody else.
owners() {
    llvm-addr2line --exe "$1" --addresses --functions --inlines --demangle | awk '
        # Sets "crate" and "rank": of Rust itself, of a library, of this repository.
        function look_at(file) {
            crate = "library"
            rank = 1
            if (file !~ /\.rs$/) return # it may be without debug information
            # With a compiler of rustup it is said to be where it was built, unless its source is here.
            if (file ~ /^\/rustc\/[0-9a-f]+\/library\// || file ~ /\/rustlib\/src\/rust\/library\//) return
            rank = sub(/.*\/registry\/src\/[^\/]*/, "", file) ? 2 : 3
            # The last of them: whoever has the repository may keep it below a directory of that name.
            if (match(file, /.*\/src\//)) file = substr(file, 1, RLENGTH - length("/src/"))
            if (file ~ /\/core$/) file = "p2pm-core"
            sub(/.*\//, "", file)
            sub(/-[0-9.]+(\+.*)?$/, "", file)
            crate = file
        }
        # Older names spell what is not a letter.
        function plain(name) {
            sub(/::h[0-9a-f]+$/, "", name)
            gsub(/\$LT\$/, "<", name)
            gsub(/\$GT\$/, ">", name)
            gsub(/\$RF\$/, "\\&", name)
            gsub(/\$C\$/, ",", name)
            gsub(/\$u20\$/, " ", name)
            gsub(/\.\./, "::", name)
            sub(/^_</, "<", name)
            return name
        }
        function tell() { if (owner != "") print owner; owner = ""; highest = 0; found = 0 }
        /^0x[0-9a-f]+$/ { tell(); next }
        {
            name = $0
            getline file
            sub(/:[0-9?]+( .*)?$/, "", file)
            look_at(file)
        }
        # From the inside out, up to this repository; only what is first of it counts.
        !found && (rank == 2 || rank > highest && highest < 2) {
            owner = crate ": " plain(name)
            highest = rank
        }
        rank == 3 { found = 1 }
        END { tell() }'
}

# panics IMAGE: "crate: function" of every panic in it, each once.
panics() {
    panic_calls "$1" | owners "$1" | sort --unique
}

# look_for ARGUMENT...: grep, which may find nothing.
look_for() {
    grep "$@" || (($? == 1))
}

# check IMAGE PATTERN: no panic in it is one of these, but for those that there is a reason for.
check() {
    local sections found unaccounted
    # Without it all would look as if it was the library's.
    sections=$(llvm-objdump --section-headers "$1") || fail "$1 cannot be read"
    grep -q '\.debug_info' <<<"$sections" || fail "$1 is without debug information"
    found=$(panics "$1") || fail "$1 cannot be looked into"
    [[ $found != *": ??"* ]] || fail "$1 does not say where all of its panics are"
    # There are some in any other image, so that none would mean that they are overlooked.
    [[ -n $found || $1 == */$LINKS_WITHOUT ]] || fail "$1 has no panic at all, which cannot be"
    unaccounted=$(look_for "$2" <<<"$found" | look_for --invert-match --line-regexp --fixed-strings \
        --file <(sed -n 's/ -- .*//p' "$REASONS"))
    [[ -z $unaccounted ]] || fail "$1 can panic, and $REASONS does not say why it never does:"$'\n'"$unaccounted"
    printf '%s: no panic that is unaccounted for\n' "$1"
}

# build_images: those of the core alone. One that does not link is linked nevertheless, to find out why.
build_images() {
    if ! ./cargo.sh build --quiet --release --locked -p footprint; then
        ./cargo.sh rustc --quiet --release --locked -p footprint --bin "$LINKS_WITHOUT" -- \
            -Clink-arg=--defsym="$NO_PANIC"=0
        check "$IMAGES/$LINKS_WITHOUT" .
        fail "$LINKS_WITHOUT does not link"
    fi
}

readonly IMAGES=${CARGO_TARGET_DIR:-target}/thumbv7m-none-eabi/release
if (($# == 0)); then
    build_images
    check "$IMAGES/footprint-xor" .
    check "$IMAGES/footprint-sealed" .
    check "$IMAGES/footprint-xor-and-sealed" .
    check "$IMAGES/footprint-link" .
    check "$IMAGES/footprint-circle" .
    check "$IMAGES/footprint-circle-and-discovery" .
    # Its hash is a library's, which checks itself.
    check "$IMAGES/footprint-circle-and-transfers" '^p2pm-core:'
else
    for image in "${images[@]}"; do check "$image" '^p2pm-core:'; done
fi
