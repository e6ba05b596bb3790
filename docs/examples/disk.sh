#!/bin/sh
# disk.sh NAME PERCENT: tells NAME if this machine's disk is fuller than PERCENT. For cron, which posts what is printed.
set -eu
used=$(df --output=pcent / | tail -n 1 | tr -dc 0-9)
if [ "$used" -gt "$2" ]; then
    p2pm send --timeout 60 "$1" "$(uname -n): the disk is $used% full"
fi
