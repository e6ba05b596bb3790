"""Whether tools of UPnP list a node, and the doctor lists devices of UPnP: prints two tables, and fails if something
that is there is missed."""

import json
import re
import sys

from clients import clients, look
from devices import devices
from lan import Lan
from node import Node
from patience import eventually

NODE_TYPE = "urn:p2pm-example:device:Node:1"
DEVICES_START = 15  # seconds until devices are there at the latest
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


def list_node():
    """Prints which tools list a node, and returns whether all do."""
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
    return not missed


def list_devices():
    """Prints which devices the doctor lists, and returns whether those are all."""
    all_devices = devices()
    with Lan(hosts=1 + len(all_devices)) as lan:
        node = Node(lan.hosts[0], "n")
        running = []
        for number, device in enumerate(all_devices, 1):
            if device.start:
                running.append(device.start(lan.hosts[number], device, Lan.address(number)))
        listed = []

        def are_listed():
            listed[:] = [json.loads(line) for line in node.ask("--json", "doctor", "--upnp")[0].splitlines()]
            return all(found(device, listed) for device in all_devices if device.start)

        eventually(are_listed, DEVICES_START)
        print(f"\n{'device':18} {'targets':>7}  server")
        results = [device_row(device, listed) for device in all_devices]
        for process in running:
            process.kill()
            process.wait()
        node.close()
    return all(results)


def found(device, listed):
    """What the doctor lists of a device."""
    return [it for it in listed if device.type in it["targets"] and device.id in it["usn"]]


def device_row(device, listed):
    """Prints what the doctor says of a device, and returns whether it is all."""
    if not device.start:
        print(f"{device.name:18} SKIPPED: {device.absent}")
        return True
    its = found(device, listed)
    if not its:
        print(f"{device.name:18} MISSED")
        print(*listed, sep="\n", file=sys.stderr)
        return False
    print(f"{device.name:18} {len(its[0]['targets']):7}  {its[0]['server']}")
    return True


sys.exit(0 if all([list_node(), list_devices()]) else 1)
