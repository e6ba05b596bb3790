#!/usr/bin/env bash
# Everything that must hold before a change goes in. Run it as it is, as root, on Debian 12 with rustup and the
# toolchains it asks for; it installs the rest.
set -euo pipefail
cd "$(dirname "$0")"

readonly CARGO_DENY=0.20.2 CARGO_FUZZ=0.13.2 DEFMT_PRINT=1.2.0 # whose configuration and options are used here
readonly SIMULATION_SEEDS=10000
readonly FUZZ_SECONDS=20 # for each target

export CARGO_INCREMENTAL=0 # caches that nobody would come back to
export CARGO_NET_RETRY=5
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"
export P2PM_REQUIRE_ROOT_TESTS=1 # a test that is skipped shows nothing
export RUST_BACKTRACE=1
export RUSTUP_AUTO_INSTALL=0 # a missing toolchain is for a person to choose, so it is an error

heading() {
    printf '\n==== %s\n' "$*"
}

fail() {
    printf 'ci: %s\n' "$*" >&2
    exit 1
}

# require_command COMMAND PACKAGE: install the Debian package unless the command is there.
require_command() {
    command -v "$1" >/dev/null || install_package "$2"
}

# require_python_module MODULE PACKAGE: likewise for a module of Python.
require_python_module() {
    python3 -c "import $1" 2>/dev/null || install_package "$2"
}

install_package() {
    apt-get update
    apt-get install --yes --no-install-recommends "$1"
}

# require_toolchain NAME: this toolchain can be run.
require_toolchain() {
    rustup run "$1" cargo --version 2>/dev/null ||
        fail "the Rust toolchain '$1' is not installed; add it with: rustup toolchain install $1"
}

# require_crate NAME VERSION: install this release of a program unless it is there.
require_crate() {
    [[ "$("$1" --version 2>/dev/null | head -n 1)" == "$1 $2" ]] || cargo install --locked "$1@$2"
}

# The compiler for the boards is rustup's if it has their target, and else Debian's.
require_board_compiler() {
    [[ -d "$(rustc --print sysroot)/lib/rustlib/thumbv7m-none-eabi" ]] && return
    require_command /usr/bin/rustc rustc-web
    require_command /usr/bin/cargo-clippy rust-web-clippy
    [[ -d /usr/lib/rustlib/src/rust/library ]] || install_package rust-web-src
}

install_needs() {
    heading "tools"
    # Those who are not can run what does without it: cargo test.
    [[ $EUID -eq 0 ]] || fail "some of the tests make network namespaces and TAPs: run it as root"
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    command -v rustup >/dev/null || fail "rustup is not installed; see https://rustup.rs"
    require_toolchain "$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)"
    require_toolchain nightly
    require_command cc gcc
    require_command c++ g++ # libFuzzer is C++
    require_command ip iproute2
    require_command ping iputils-ping
    require_command python3 python3
    require_python_module ensurepip python3-venv # what a virtual environment gets pip from
    require_command qemu-system-arm qemu-system-arm
    require_command llvm-objdump llvm # and what else there is to look into an image with
    require_board_compiler
    require_crate cargo-deny "$CARGO_DENY"
    require_crate defmt-print "$DEFMT_PRINT"
    require_crate cargo-fuzz "$CARGO_FUZZ"
}

check_format() {
    heading "format"
    cargo fmt --all --check
    cargo fmt --all --check --manifest-path fuzz/Cargo.toml
    cargo fmt --all --check --manifest-path fw-demo/mcu/Cargo.toml
}

check_lints() {
    heading "clippy: workspace"
    cargo clippy --locked --workspace --all-targets -- -D warnings
    heading "clippy: the core with every set of features"
    cargo clippy --locked -p p2pm-core --all-targets --no-default-features -- -D warnings
    cargo clippy --locked -p p2pm-core --all-targets --features nal -- -D warnings
    cargo clippy --locked -p p2pm-core --lib --features defmt -- -D warnings # tests could not link: no logger
    heading "clippy: the boards"
    fw-demo/mcu/cargo.sh clippy --locked --release --workspace -- -D warnings
    heading "python: it compiles"
    PYTHONPYCACHEPREFIX="${CARGO_TARGET_DIR:-target}/pycache" python3 -m compileall -q tests/interop
}

check_docs() {
    heading "documentation"
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace
}

check_dependencies() {
    heading "dependencies: licences, versions, sources"
    cargo deny check -A unnecessary-skip licenses bans sources
    cargo deny --manifest-path fw-demo/mcu/Cargo.toml --config deny.toml check -A unnecessary-skip licenses bans sources
}

# Each target starts from a copy of its committed corpus, so that a run leaves the tree as it was.
fuzz() {
    local corpus target targets
    heading "fuzz: build"
    cargo fetch --locked --manifest-path fuzz/Cargo.toml
    cargo +nightly fuzz build
    targets=$(cargo +nightly fuzz list)
    corpus=$(mktemp --directory)
    # shellcheck disable=SC2064 # this run's directory, not whatever the name means at exit
    trap "rm -rf '$corpus'" EXIT
    for target in $targets; do
        heading "fuzz: $target, $FUZZ_SECONDS s"
        mkdir "$corpus/$target"
        if [[ -d fuzz/corpus/$target ]]; then cp -r "fuzz/corpus/$target" "$corpus"; fi
        cargo +nightly fuzz run "$target" "$corpus/$target" -- \
            -max_total_time="$FUZZ_SECONDS" -timeout=10 -verbosity=0 -print_final_stats=1
    done
}

simulate() {
    heading "simulation: $SIMULATION_SEEDS seeds"
    P2PM_SEEDS=$SIMULATION_SEEDS cargo test --locked --release -p p2pm-tests --test simulation
}

flip_every_bit() {
    heading "somebody in the middle: every bit of a handshake"
    P2PM_EVERY_BIT=1 cargo test --locked --release -p p2pm-tests --test man_in_the_middle every_bit
}

run_tests() {
    heading "tests: unit, property, simulation, end to end"
    cargo test --locked --workspace
}

meet_peer() {
    heading "interoperability: an independent peer in Python"
    tests/interop/run.sh
}

show_device() {
    heading "demo: a device on a TAP"
    fw-demo/tap/demo.sh
}

check_boards() {
    heading "boards: images"
    fw-demo/mcu/cargo.sh build --locked --release
    heading "boards: no panic comes from the core"
    fw-demo/mcu/panics.sh
    (cd fw-demo/mcu && ./panics.sh "${CARGO_TARGET_DIR:-target}"/thumbv7m-none-eabi/release/{mps2-an385,lm3s6965evb})
    heading "boards: the same bytes as on Linux"
    fw-demo/mcu/transcript.sh
    heading "boards: flash, memory, stack, instructions"
    fw-demo/mcu/measure.sh
    heading "boards: demo"
    fw-demo/mcu/demo.sh
}

install_needs
check_format
check_dependencies
check_lints
check_docs
fuzz
simulate
flip_every_bit
run_tests
meet_peer
show_device
check_boards
printf '\nci: everything passed\n'
