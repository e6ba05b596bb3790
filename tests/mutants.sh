#!/usr/bin/env bash
# Mutation testing of the core: mutants.sh [SEED [OPTION...]]. The last digit of the seed selects a tenth of the changes
# that cargo-mutants can make to it, or to what its options leave of it. Each is tested with the core's unit tests, and
# those that survive with the tests that drive the core from outside. Exit status 0 if at least 95 percent of the changes
# that compile are caught.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly VERSION=27.1.0 # of cargo-mutants: another one makes other changes
readonly CAUGHT_MIN=95  # percent of those that compile
readonly SEED=${1:-0}
readonly OPTIONS=("${@:2}")
readonly RESULTS=${CARGO_TARGET_DIR:-target}/mutants
# They drive the core, build no programs, and need no root.
readonly OUTSIDE=(acceptor no_alloc protocol_cases registry_model simulation transcript unicode vectors wire_properties)
readonly OUTSIDE_SECONDS=300 # several times what they take

# mutate STAGE OPTION...: exit status 2 means that changes were missed, 3 that tests did not end.
mutate() {
    local stage=$1
    shift
    mkdir -p "$RESULTS/$stage"
    cargo mutants --package p2pm-core --colors never --output "$RESULTS/$stage" "$@" || (($? == 2 || $? == 3))
}

# outcome STAGE KIND...: the changes with these outcomes, one a line.
outcome() {
    local stage=$1 kind
    shift
    for kind; do cat "$RESULTS/$stage/mutants.out/$kind.txt"; done
}

# any_of: a regular expression that matches the lines read, and nothing else.
any_of() {
    printf '^(%s)$' "$(sed 's/[][\\.*^$+?(){}|]/\\&/g' | paste --serial --delimiters='|')"
}

require_tool() {
    [[ "$(cargo mutants --version 2>/dev/null)" == "cargo-mutants $VERSION" ]] && return
    printf 'mutants.sh: install it with: cargo install --locked cargo-mutants@%s\n' "$VERSION" >&2
    exit 1
}

# judge LAST_STAGE: prints the changes that survived it, and whether they are too many.
judge() {
    local compiled survived
    compiled=$(outcome inside caught timeout missed | wc -l)
    survived=$(outcome "$1" missed | wc -l)
    outcome "$1" missed
    printf 'seed %s: %d of %d changes are caught\n' "$SEED" "$((compiled - survived))" "$compiled"
    (((compiled - survived) * 100 >= compiled * CAUGHT_MIN))
}

require_tool
mutate inside --shard "${SEED: -1}/10" --sharding round-robin "${OPTIONS[@]}" \
    --features nal --test-package p2pm-core --cargo-arg=--lib
stage=inside
if [[ -n $(outcome inside missed) ]]; then
    # cargo-mutants looks for these tests in the core's package as long as nothing is changed, so it is shown here that they
    # pass then.
    cargo test --package p2pm-tests "${OUTSIDE[@]/#/--test=}"
    mutate outside --re "$(outcome inside missed | any_of)" --baseline skip --timeout "$OUTSIDE_SECONDS" \
        --test-package p2pm-tests "${OUTSIDE[@]/#/--cargo-arg=--test=}"
    stage=outside
fi
judge "$stage"
