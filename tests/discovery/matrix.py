"""Whether two nodes link on networks as people have them: prints a table with what `p2pm doctor` says on each host, and
fails if they do not, or not even after the commands that the doctor names, or if it names another cause. Arguments: parts of the names of the rows to
run, whose findings are then printed in full; none for all."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lan import GATEWAY, Lan
from node import Node, all_linked
from rows import ROWS, Links

LINK_MAX = 15  # seconds until nodes are linked, also on a machine that has much else to do
RACE_WINDOW = 10  # seconds for which a link may be the result of both ends dialling at once, and is not replaced
FOLLOW_MAX = LINK_MAX + 2 * RACE_WINDOW  # seconds until a node is linked at its new address; waits between dials double
HERE, THERE = "sudo ", "on that machine: sudo "  # what begins a command that mends something
CONCURRENT = 4  # rows that run at the same time


@dataclass
class Result:
    """What became of a row: after how many seconds the nodes linked by themselves, and after what the doctors name;
    None if they did not."""

    seconds: float | None
    mended: float | None
    doctors: list

    @property
    def causes(self):
        """What the doctor on each host names, the same cause once, beside that the other is reached."""
        named = [[it["finding"] for it in findings if it["finding"] != "reached"] for findings in self.doctors]
        return tuple(" ".join(dict.fromkeys(causes)) for causes in named)

    def is_as_it_must_be(self, row):
        """Whether nodes linked that can, and doctors name the causes."""
        return self.causes == row.causes and self.is_linked_as(row)

    def is_linked_as(self, row):
        """Whether nodes linked that can."""
        match row.links:
            case Links.BY_ITSELF:
                return self.seconds is not None
            case Links.MENDED:
                return self.seconds is not None or self.mended is not None
            case Links.NEVER:
                return self.seconds is None


def run(row):
    """Plays a row."""
    with Lan(**row.lan) as lan:
        row.prepare(lan)
        nodes = [Node(host, name) for host, name in zip(lan.hosts, ["first", "second"])]
        seconds = seconds_to_link(row, lan, nodes)
        addresses = [lan.address(0), lan.address(1)]
        if row.moves and seconds is not None:
            seconds = slowest([move(lan, nodes, number, addresses) for number in row.moves])
        with ThreadPoolExecutor() as pool:
            doctors = list(pool.map(lambda number: doctor(nodes[number], addresses[1 - number], row), [0, 1]))
        mended = mend(nodes, doctors) if seconds is None and row.links is Links.MENDED else None
        for node in nodes:
            node.close()
        return Result(seconds, mended, doctors)


def mend(nodes, doctors):
    """Does on each host what its doctor says of it, and returns how long it takes from then on until the nodes are
    linked; None if they are not, or were without it."""
    if all_linked(nodes, time.monotonic()):
        return None
    started = time.monotonic()
    for node, other, findings in zip(nodes, reversed(nodes), doctors):
        for finding in findings:
            command = finding.get("mend", "")
            if command.startswith(HERE):
                node.host.run("sh", "-c", command.removeprefix(HERE))
            elif command.startswith(THERE):
                other.host.run("sh", "-c", command.removeprefix(THERE))
    with ThreadPoolExecutor() as pool:
        for node in nodes:
            pool.submit(node.ask, "--timeout", LINK_MAX, "who", "--wait")
        is_linked = all_linked(nodes, started + LINK_MAX)
    return max(when for node in nodes for when in node.came.values()) - started if is_linked else None


def seconds_to_link(row, lan, nodes):
    """How long it takes, from the start of the second node, or from the change."""
    started = nodes[1].started
    if row.change:
        started = time.monotonic()
        row.change(lan)
    if not all_linked(nodes, time.monotonic() + LINK_MAX):
        return None
    return max(when for node in nodes for when in node.came.values()) - started


def move(lan, nodes, number, addresses):
    """Gives a host another address, and returns how long it takes until the other node is linked with it there."""
    addresses[number] = f"10.79.0.{number + 66}"
    started = time.monotonic()
    lan.hosts[number].ip(
        f"address flush dev lan\naddress add {addresses[number]}/24 dev lan\nroute add default via {GATEWAY}\n"
    )
    is_followed = nodes[1 - number].sees_at(addresses[number], FOLLOW_MAX)
    return time.monotonic() - started if is_followed else None


def slowest(times):
    """The longest of some times, each None if it never ends."""
    return None if None in times else max(times)


def doctor(node, other, row):
    """What the doctor finds on a host."""
    others = [other] if row.lan.get("ipv4", True) else []
    output, _ = node.ask("--json", "doctor", *others)
    try:
        return [json.loads(line) for line in output.splitlines()]
    except json.JSONDecodeError:
        return [{"finding": "NO ANSWER", "text": output}]


def show(row, result):
    """Prints a row."""
    verdict = "" if result.is_as_it_must_be(row) else "  FAILED"
    first, second = result.causes
    print(f"{row.name:30} {time_of(result.seconds)} {time_of(result.mended)}  {first:36} {second}{verdict}")


def time_of(seconds):
    """A time for the table."""
    return "      -" if seconds is None else f"{seconds:7.2f}"


def main():
    wanted = sys.argv[1:]
    rows = [row for row in ROWS if not wanted or any(part in row.name for part in wanted)]
    print(f"{'seconds to link on':30} {'alone':>7} {'mended':>7}  {'doctor on the first host':36} doctor on the second")
    with ThreadPoolExecutor(CONCURRENT) as pool:
        results = []
        for row, result in zip(rows, pool.map(run, rows)):
            show(row, result)
            results.append((row, result))
    if wanted:
        for row, result in results:
            for number, findings in enumerate(result.doctors):
                for finding in findings:
                    print(f"{row.name}, host {number + 1}: {finding['text']}\n    mend: {finding.get('mend', '-')}")
    return 0 if all(result.is_as_it_must_be(row) for row, result in results) else 1


sys.exit(main())
