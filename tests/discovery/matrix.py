"""Whether two nodes link on networks as people have them: prints a table with what `p2pm doctor` says on each host, and
fails if nodes do not link although there is a path. Arguments: parts of the names of the rows to run; none for all."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lan import Lan
from node import Node, all_linked
from rows import ROWS

LINK_MAX = 12  # seconds until nodes are linked
CONCURRENT = 4  # rows that run at the same time


@dataclass
class Result:
    """What became of a row. `seconds` is None if the nodes did not link."""

    seconds: float | None
    doctors: list

    def is_as_it_must_be(self, row):
        """Whether nodes linked that can."""
        return self.seconds is not None or not row.has_path


def run(row):
    """Plays a row."""
    with Lan(**row.lan) as lan:
        row.prepare(lan)
        nodes = [Node(host, name) for host, name in zip(lan.hosts, ["first", "second"])]
        if row.links_before_change and not all_linked(nodes, time.monotonic() + LINK_MAX):
            raise RuntimeError(f"{row.name}: no link to begin with")
        seconds = seconds_to_link(row, lan, nodes)
        with ThreadPoolExecutor() as pool:
            doctors = list(pool.map(lambda number: doctor(nodes[number], lan.address(1 - number), row), [0, 1]))
        for node in nodes:
            node.close()
        return Result(seconds, doctors)


def seconds_to_link(row, lan, nodes):
    """How long it takes, from the start of the second node, or from the change."""
    started = nodes[1].started
    if row.change:
        started = time.monotonic()
        row.change(lan)
    deadline = time.monotonic() + LINK_MAX
    if row.peer_moves_to:
        is_linked = nodes[0].sees_at(row.peer_moves_to, deadline)
        return time.monotonic() - started if is_linked else None
    if not all_linked(nodes, deadline):
        return None
    return max(when for node in nodes for when in node.came.values()) - started


def doctor(node, other, row):
    """What the doctor finds on a host."""
    others = [row.peer_moves_to or other] if row.lan.get("ipv4", True) and node.name == "first" else []
    output, _ = node.ask("--json", "doctor", *others)
    try:
        return [json.loads(line) for line in output.splitlines()]
    except json.JSONDecodeError:
        return [{"finding": "NO ANSWER", "text": output}]


def show(row, result):
    """Prints a row."""
    seconds = f"{result.seconds:7.2f}" if result.seconds is not None else "   none"
    verdict = "" if result.is_as_it_must_be(row) else "  FAILED: there is a path"
    first, second = ([finding["finding"] for finding in findings] for findings in result.doctors)
    print(f"{row.name:31} {'yes' if row.has_path else 'no':4} {seconds}  {' '.join(first):36} {' '.join(second)}{verdict}")


def main():
    wanted = sys.argv[1:]
    rows = [row for row in ROWS if not wanted or any(part in row.name for part in wanted)]
    print(f"{'network':31} {'path':4} {'seconds':>7}  {'doctor on the first host':36} doctor on the second host")
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
