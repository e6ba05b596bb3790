#!/usr/bin/env bash
# ask.sh NAME QUESTION [SECONDS]: asks somebody, and prints what they say next, to us alone. The exit status is that of
# `p2pm send`, or 124 if they say nothing within SECONDS (60). Needs jq.
set -euo pipefail
seconds=${3:-60}

# One line of JSON: the number of our message, and who has received it.
received=$(p2pm send --json --timeout "$seconds" "$1" "$2")

# These news begin before the question, so the answer is among them, however soon it came.
jq --null-input --raw-output --exit-status --argjson received "$received" '
    first(
        foreach inputs as $it (false;
            . or ($it.news == "we_said" and $it.message == $received.message);
            select(.) | $it
            | select(.news == "said" and (.to_all | not) and .from.tag == $received.by.tag)
            | .text))
' < <(p2pm listen --json --since 0 --timeout "$seconds" 2>&-) || exit 124
