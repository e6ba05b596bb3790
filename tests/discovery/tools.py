"""Whether tools of UPnP list a node: prints a table, and fails if one that is there misses a target."""

import re
import sys

from clients import clients, look
from lan import Lan
from node import Node

NODE_TYPE = "urn:p2pm-example:device:Node:1"
UUID = re.compile(r"uuid:[0-9a-f-]{36}")


def targets_in(lines):
    """The targets in the output of a tool, with the seconds after which each was there, and the UUIDs."""
    targets, ids = {}, set()
    for line in lines:
        words = line.text.split()
        for id in UUID.findall(line.text):
            ids.add(id)
            if id in words:
                targets.setdefault("uuid", line.seconds)
            for target in ["upnp:rootdevice", NODE_TYPE]:
                if target in line.text:
                    targets.setdefault(target, line.seconds)
    return targets, ids


def row(host, client):
    """Prints what a tool sees, and returns the UUID of the node if that is all of it."""
    lines, error = look(host, client)
    targets, ids = targets_in(lines)
    is_all = len(targets) == 3 and len(ids) == 1
    first = f"{min(targets.values()) * 1000:.0f} ms" if targets else "-"
    seen = " ".join(sorted(targets)) or "none"
    print(f"{client.name:18} {client.version:10} {first:>8}  {seen}{'' if is_all else '  MISSED SOME'}")
    if not is_all:
        print("".join(line.text for line in lines), error, sep="\n", file=sys.stderr)
    return ids.pop() if is_all else None


def main():
    tools = clients()
    # A host for each: a node answers one host only so often.
    with Lan(hosts=1 + len(tools)) as lan:
        node = Node(lan.hosts[0], "n")
        print(f"{'tool':18} {'version':10} {'first':>8}  targets seen")
        id, missed = "", False
        for host, client in zip(lan.hosts[1:], tools):
            if client.command is None:
                print(f"{client.name:18} SKIPPED: {client.absent}")
                continue
            if client.needs_targets:
                client.command += [id, "upnp:rootdevice", NODE_TYPE]
            seen = row(host, client)
            missed |= seen is None or id not in ("", seen)
            id = seen or id
        node.close()
    return 1 if missed else 0


sys.exit(main())
