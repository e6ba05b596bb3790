#!/usr/bin/env bash
# Everything that must hold before a change goes in. Run it as it is, as root, on Debian 12 with rustup and the
# toolchains it asks for; it installs the rest. Two lanes of steps run concurrently (see "what runs"), then the fuzz
# targets, two at a time, beside the tests of discovery on whole networks and those of the package. The output of a
# step is printed when it ends, a table of their times at the end.
set -euo pipefail
cd "$(dirname "$0")"

readonly CARGO_DEB=3.8.0 CARGO_DENY=0.20.2 CARGO_FUZZ=0.13.2 DEFMT_PRINT=1.2.0 # whose configuration and options are used here
readonly SIMULATION_SEEDS=10000
readonly FUZZ_SECONDS=20 # for each target

# The simulation needs optimised code, with the debug assertions and overflow checks of tests. The programs do not: that would
# take twice the time to build. Below level 2 it would share unoptimised generic code with them.
readonly OPTIMISED=(--config "profile.dev.package.p2pm-tests.opt-level=2")

export CARGO_INCREMENTAL=0 # caches that nobody would come back to
export CARGO_NET_RETRY=5
export CARGO_PROFILE_DEV_DEBUG=line-tables-only
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"
export P2PM_REQUIRE_ROOT_TESTS=1 # a test that is skipped shows nothing
export RUST_BACKTRACE=1
export RUSTUP_AUTO_INSTALL=0 # a missing toolchain is for a person to choose, so it is an error
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

WORK=$(mktemp --directory) # outputs, times and corpora of this run, gone with it
readonly WORK

fail() {
    printf 'ci: %s\n' "$*" >&2
    exit 1
}

# ---- steps and lanes

# step NAME COMMAND...: runs the command, then prints its output in one piece and records its time. The command runs in
# the background and is waited for, because `set -e` has no effect in a command whose status is tested.
step() {
    local name=$1 output status=0 began=$SECONDS
    shift
    output=$(mktemp "$WORK/step.XXXXXX")
    announce "begins: $name"
    (
        trap 'times >"$output.times"' EXIT
        "$@"
    ) >"$output" 2>&1 &
    wait "$!" || status=$?
    ((status == 0)) || name+=": FAILED with status $status"
    show "$name" "$output"
    printf '%s\t%s\t%s\n' "$((SECONDS - began))" "$(tr '\n' ' ' <"$output.times")" "$name" >>"$WORK/table"
    return "$status"
}

# announce TEXT: prints a line, but not in the middle of a step's output.
announce() {
    flock 9
    printf 'ci: %s\n' "$1"
} 9>"$WORK/lock"

show() { # NAME OUTPUT
    flock 9
    printf '\n==== %s\n' "$1"
    cat "$2"
} 9>"$WORK/lock"

# concurrently COMMAND...: runs the commands at the same time. The first failure ends the script, and so the others.
concurrently() {
    local command
    set -m # a process group for each, which finish() can kill as a whole
    for command in "$@"; do
        { set +m; $command; } </dev/null &
    done
    set +m
    for command in "$@"; do wait -n || exit 1; done
}

print_table() {
    printf '\n%8s %12s  %s\n' seconds "of a CPU" step
    awk -F'\t' '
        function seconds(time, part) { split(time, part, /[ms]/); return part[1] * 60 + part[2] }
        {
            used = 0
            for (last = split($2, times, " "); last > 0; last--) used += seconds(times[last])
            printf "%8d %12d  %s\n", $1, used, $3
        }' "$WORK/table"
    printf '%8d %12s  everything\n' "$SECONDS" ""
}

# finish: the exit trap.
finish() {
    local lane
    for lane in $(jobs -pr); do kill -TERM -- "-$lane" 2>/dev/null || true; done
    wait
    if [[ -s $WORK/table ]]; then print_table; fi
    rm -rf "$WORK"
}

# ---- what is needed

packages=() # of Debian, that are missing

# want_command COMMAND PACKAGE: adds the package to the missing ones unless the command exists.
want_command() {
    command -v "$1" >/dev/null || packages+=("$2")
}

# require_toolchain NAME: this toolchain can be run.
require_toolchain() {
    rustup run "$1" cargo --version 2>/dev/null ||
        fail "the Rust toolchain '$1' is not installed; add it with: rustup toolchain install $1"
}

require_toolchains() {
    command -v rustup >/dev/null || fail "rustup is not installed; see https://rustup.rs"
    require_toolchain "$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)"
    require_toolchain nightly
}

# The compiler for the boards is rustup's if it has their targets, and else Debian's.
want_board_compiler() {
    local libraries
    libraries=$(rustc --print sysroot)/lib/rustlib
    if [[ -d $libraries/thumbv7m-none-eabi && -d $libraries/thumbv8m.main-none-eabi ]]; then return; fi
    want_command /usr/bin/rustc rustc-web
    want_command /usr/bin/cargo-clippy rust-web-clippy
    [[ -d /usr/lib/rustlib/src/rust/library ]] || packages+=(rust-web-src)
}

install_packages() {
    want_command cc gcc
    want_command c++ g++ # libFuzzer is C++
    want_command ip iproute2
    want_command mkfs.ext4 e2fsprogs
    want_command ping iputils-ping
    want_command dnsmasq dnsmasq-base # gives the boards in a demo their addresses
    want_command dpkg-shlibdeps dpkg-dev
    want_command lintian lintian
    want_command jq jq # which an example in docs/ uses
    want_command man man-db
    want_command mmdebstrap mmdebstrap
    want_command chromium chromium
    want_command npm npm # and Node.js, which it depends on
    want_command systemd-analyze systemd
    want_command python3 python3
    [[ $(ldconfig -p) == *libgssdp-1.6* ]] || packages+=(libgssdp-1.6-0) # for the tool of UPnP that lists devices in the demos
    python3 -c "import ensurepip" 2>/dev/null || packages+=(python3-venv) # what a virtual environment gets pip from
    want_command qemu-system-arm qemu-system-arm
    want_command llvm-objdump llvm # and what else there is to look into an image with
    want_board_compiler
    ((${#packages[@]} > 0)) || return 0
    apt-get update
    apt-get install --yes --no-install-recommends "${packages[@]}"
}

# install_crate NAME VERSION: installs this release of a program unless it is there. Unoptimised, it builds fastest.
install_crate() {
    [[ "$("$1" --version 2>/dev/null | head -n 1)" == "$1 $2" ]] ||
        CARGO_PROFILE_DEV_DEBUG=none \
            cargo install --debug --locked --target-dir "${CARGO_TARGET_DIR:-target}/tools" "$1@$2"
}

install_tools() {
    install_crate defmt-print "$DEFMT_PRINT"
    install_crate cargo-deb "$CARGO_DEB"
    install_crate cargo-deny "$CARGO_DENY"
    install_crate cargo-fuzz "$CARGO_FUZZ"
}

# ---- the steps

check_format() {
    cargo fmt --all --check
    cargo fmt --all --check --manifest-path fuzz/Cargo.toml
    cargo fmt --all --check --manifest-path fw-demo/mcu/Cargo.toml
    cargo fmt --check --manifest-path fw-demo/pico2/Cargo.toml
    PYTHONPYCACHEPREFIX="$WORK/pycache" python3 -m compileall -q docs/examples tests/interop tests/discovery tests/web/people.py
}

lint_workspace() {
    cargo clippy --locked --workspace --all-targets -- -D warnings
}

# Every set of features other than the workspace's. With defmt only the library: tests could not link, without a logger.
lint_features() {
    cargo clippy --locked -p p2pm-core --all-targets --no-default-features -- -D warnings
    cargo clippy --locked -p p2pm-core --all-targets --features nal -- -D warnings
    cargo clippy --locked -p p2pm-core --lib --features defmt -- -D warnings
    cargo clippy --locked -p p2pm-host --all-targets --no-default-features -- -D warnings
}

check_docs() {
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace
}

check_dependencies() {
    cargo deny check -A unnecessary-skip licenses bans sources
    cargo deny --manifest-path fw-demo/mcu/Cargo.toml --config deny.toml check -A unnecessary-skip licenses bans sources
    # Its crates are an example's: several versions of one harm nobody.
    cargo deny --manifest-path fw-demo/pico2/Cargo.toml --config deny.toml check -A license-exception-not-encountered licenses sources
}

# Unit, property and end-to-end tests, the simulation with all seeds, and the man in the middle at every bit.
run_tests() {
    P2PM_SEEDS=$SIMULATION_SEEDS P2PM_EVERY_BIT=1 cargo test "${OPTIMISED[@]}" --locked --workspace
}

# The whole workspace is selected, as for run_tests: the same features of all dependencies, and so only the packages
# that have the feature `ring` are built again.
run_portable_tests() {
    cargo test "${OPTIMISED[@]}" --locked --workspace --no-default-features --test man_in_the_middle
}

meet_portable_peer() {
    P2PM_PORTABLE=1 tests/interop/run.sh
}

find_each_other() {
    tests/discovery/matrix.sh
    tests/discovery/tools.sh
}

# The pictures of every state stay behind the run, to be looked at.
use_page() {
    node --test tests/web/unit/
    tests/web/run.sh "${CARGO_TARGET_DIR:-target}/page"
}

# With the programs of the dev profile, which are built already. host/packaging/build.sh takes those of the release
# profile otherwise; nothing else differs.
test_package() {
    host/packaging/test.sh dev
}

lint_boards() {
    fw-demo/mcu/cargo.sh clippy --locked --release --workspace -- -D warnings
    fw-demo/mcu/cargo.sh clippy --locked --release -p lm3s6965evb --no-default-features -- -D warnings
}

build_boards() {
    fw-demo/mcu/cargo.sh build --locked --release --workspace
}

# The example of a port to a real board. Nobody emulates it, so it is not run.
build_port() {
    fw-demo/pico2/cargo.sh clippy --locked --release -- -D warnings
    fw-demo/pico2/cargo.sh build --locked --release
}

# In the images of the core alone, then in those of the boards.
look_for_panics() {
    fw-demo/mcu/panics.sh
    (cd fw-demo/mcu && ./panics.sh "${CARGO_TARGET_DIR:-target}"/thumbv7m-none-eabi/release/{mps2-an385,lm3s6965evb})
}

build_fuzz_targets() {
    cargo fetch --locked --manifest-path fuzz/Cargo.toml
    cargo +nightly fuzz build
}

# fuzz TARGET: from a copy of its committed corpus, so that a run leaves the tree as it was.
fuzz() {
    local corpus=$WORK/corpus/$1
    mkdir -p "$corpus"
    if [[ -d fuzz/corpus/$1 ]]; then cp -r "fuzz/corpus/$1/." "$corpus"; fi
    cargo +nightly fuzz run "$1" "$corpus" -- \
        -max_total_time="$FUZZ_SECONDS" -timeout=10 -verbosity=0 -print_final_stats=1
}

# ---- what runs

# The dev profile: with ring first, then without it, so that no package is built a third time.
linux_lane() {
    step "format" check_format
    step "clippy: workspace" lint_workspace
    step "tests, $SIMULATION_SEEDS seeds, every bit" run_tests
    step "interoperability: an independent peer in Python" tests/interop/run.sh
    step "tests without ring" run_portable_tests
    step "interoperability without ring" meet_portable_peer
}

# The release profile: the boards, what they talk to, the fuzz targets; and the tools for that. What is checked last has the
# dev profile, too: by then the other lane runs tests, and builds nothing.
device_lane() {
    step "tools" install_tools
    step "dependencies: licences, versions, sources" check_dependencies
    step "fuzz: build" build_fuzz_targets
    step "boards: clippy" lint_boards
    step "boards: images" build_boards
    step "boards: a port to a real one" build_port
    step "boards: no panic comes from the core" look_for_panics
    step "boards: the same bytes as on Linux" fw-demo/mcu/transcript.sh
    step "demo: a device on a TAP" fw-demo/tap/demo.sh
    step "boards: flash, memory, stack, instructions" fw-demo/mcu/measure.sh
    step "boards: demo" fw-demo/mcu/demo.sh
    step "clippy: other features" lint_features
    step "documentation" check_docs
}

# Most of the time it waits for others, so it is beside the fuzz targets.
discovery_lane() {
    step "discovery: networks, and tools of UPnP" find_each_other
}

# The dev profile, as in the discovery lane. A fuzz target runs for a time, not until it is done, so nobody waits for this lane.
packaging_lane() {
    step "page: its modules, and three people in browsers" use_page
    step "Debian package: lintian, units, install, remove" test_package
}

# fuzz_lane FIRST: every second target, beginning with number FIRST.
fuzz_lane() {
    local targets index
    readarray -t targets <"$WORK/targets"
    for ((index = $1; index < ${#targets[@]}; index += 2)); do
        step "fuzz: ${targets[index]}, $FUZZ_SECONDS s" fuzz "${targets[index]}"
    done
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Those who are not root can run what does without it: cargo test.
[[ $EUID -eq 0 ]] || fail "some of the tests make network namespaces and TAPs: run it as root"
require_toolchains
step "packages" install_packages
concurrently linux_lane device_lane
cargo +nightly fuzz list >"$WORK/targets"
concurrently "fuzz_lane 0" "fuzz_lane 1" discovery_lane packaging_lane
printf '\nci: everything passed\n'
