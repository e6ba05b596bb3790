#!/usr/bin/env bash
# cargo, for the boards. Rust's own target is used where it is installed, and else Debian's packages of the same
# compiler, with a library that is built here once. No toolchain is downloaded. A CARGO_TARGET_DIR that is a relative
# path is one from this folder, wherever it is called from. Other ports have links to this script in their folders; the
# target of each is the one in its .cargo/config.toml.
set -euo pipefail
cd "$(dirname "$0")"

TARGET=$(sed -n 's/^target = "\(.*\)"$/\1/p' .cargo/config.toml)
readonly TARGET
readonly DEBIAN_RUSTC=/usr/bin/rustc DEBIAN_SOURCE=/usr/lib/rustlib/src/rust/library
readonly DEBIAN_CLIPPY=/usr/bin/cargo-clippy

export RUSTUP_AUTO_INSTALL=0

fail() {
    printf 'cargo.sh: %s\n' "$*" >&2
    exit 1
}

sysroot_of() {
    "$1" --print sysroot
}

has_target() {
    [[ -d "$(sysroot_of rustc)/lib/rustlib/$TARGET" ]]
}

# The linker comes with rustup's toolchain; Debian has one for Arm.
find_linker() {
    local lld
    lld="$(sysroot_of rustc)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
    if [[ -x $lld ]]; then
        printf '%s\n' "$lld"
    else
        command -v arm-none-eabi-ld || fail "there is no linker; install Debian's binutils-arm-none-eabi"
    fi
}

# make_sysroot DIRECTORY: the library of the target, for Debian's compiler. In a shell of its own, which cleans up.
make_sysroot() (
    build=$(mktemp --directory)
    trap 'rm -rf "$build"' EXIT
    mkdir -p "$build/sysroot/lib/rustlib/$TARGET/lib"
    printf '#![no_std]\n' >"$build/lib.rs"
    printf '[package]\nname = "sysroot"\nedition = "2024"\n[lib]\npath = "lib.rs"\n[workspace]\n' >"$build/Cargo.toml"
    cd "$build"
    # For size, like the images. With bitcode, so that the linker can look into the library when it leaves out what is
    # not used.
    RUSTC=$DEBIAN_RUSTC RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target RUSTFLAGS="-Cembed-bitcode=yes" \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=s cargo build --quiet --release --target "$TARGET" \
        -Zbuild-std=core,compiler_builtins -Zbuild-std-features=compiler-builtins-mem
    mv target/"$TARGET"/release/deps/lib{core,compiler_builtins}-*.rlib "sysroot/lib/rustlib/$TARGET/lib"
    mkdir -p "$(dirname "$1")"
    # Whoever comes second finds it there.
    mv -T sysroot "$1" 2>/dev/null || [[ -d $1 ]]
)

use_debian() {
    local sysroot variable
    [[ -x $DEBIAN_RUSTC && -d $DEBIAN_SOURCE ]] || fail "there is no compiler for $TARGET; install it with" \
        "'rustup target add $TARGET', or Debian's rustc-web and rust-web-src"
    sysroot=$(realpath -m "${CARGO_TARGET_DIR:-target}")/sysroot-for-size-$TARGET-$("$DEBIAN_RUSTC" --version | cut -d' ' -f2)
    [[ -d $sysroot ]] || make_sysroot "$sysroot"
    export RUSTC=$DEBIAN_RUSTC
    variable=CARGO_TARGET_$(tr 'a-z.-' 'A-Z__' <<<"$TARGET")
    export "${variable}_LINKER=$(find_linker)" "${variable}_RUSTFLAGS=--sysroot=$sysroot"
}

# Each compiler has a clippy of its own.
run_debian() {
    use_debian
    [[ $1 == clippy ]] || exec cargo "$@"
    [[ -x $DEBIAN_CLIPPY ]] || fail "there is no clippy for Debian's compiler; install rust-web-clippy"
    exec "$DEBIAN_CLIPPY" "$@"
}

if has_target; then exec cargo "$@"; else run_debian "$@"; fi
