#!/usr/bin/env bash
# Builds the Debian package, with cargo-deb, and prints its path. Argument: the cargo profile of the programs in it; `release` unless
# it is given.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly profile=${1:-release}
target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")/${profile/#dev/debug} # cargo's name for that one
readonly target package="$target/package"

command -v cargo-deb >/dev/null || {
    echo "build.sh: cargo-deb is not installed; add it with: cargo install --locked cargo-deb" >&2
    exit 1
}

cargo build --quiet --locked --package p2pm-host --bins --profile "$profile"

# What the programs say of themselves.
rm -rf "$package"
"$target/p2pm" man "$package/man"
for shell in bash fish zsh; do "$target/p2pm" completions "$shell" "$package/$shell"; done
for file in "$package"/bash/*.bash; do mv "$file" "${file%.bash}"; done # a completion is looked for by the name of its program
gzip --best --no-name "$package"/man/*
python3 host/packaging/notices.py | gzip --best --no-name >"$package/third-party-notices.gz"

cargo deb --quiet --locked --no-build --strip --package p2pm-host --profile "$profile" --output "$package/" >/dev/null
printf '%s\n' "$package"/*.deb
