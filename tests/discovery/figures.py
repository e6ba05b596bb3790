"""How fast nodes find each other on a fresh network, from the start of the last one until all are linked, beside
gssdp-discover's time to its first answer. Argument: how many runs."""

import statistics
import sys
import time

from clients import clients, look
from lan import Lan
from node import Node, all_linked

LINK_MAX = 20  # seconds until nodes are linked
MANY = 5


def start(lan, count):
    """Starts nodes one right after the other, and returns how long it takes from the start of the last one until each
    is linked with every other, and the nodes."""
    nodes = [Node(host, f"n{number}") for number, host in enumerate(lan.hosts[:count])]
    if not all_linked(nodes, time.monotonic() + LINK_MAX):
        raise RuntimeError("nodes do not link")
    return max(when for node in nodes for when in node.came.values()) - nodes[-1].started, nodes


def two_and_tool():
    """Two nodes, and then a tool that looks for them."""
    tool = clients()[0]
    with Lan(hosts=3) as lan:
        seconds, nodes = start(lan, 2)
        lines, _ = look(lan.hosts[2], tool)
        first = next(line.seconds for line in lines if "USN" in line.text)
        for node in nodes:
            node.close()
        return seconds, first


def many():
    """Several nodes."""
    with Lan(hosts=MANY) as lan:
        seconds, nodes = start(lan, MANY)
        for node in nodes:
            node.close()
        return seconds


def show(what, times):
    """Prints median and 95th percentile."""
    median, late = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
    print(f"{what:56} {median * 1000:6.0f} {late * 1000:6.0f}")


def main():
    runs = int(sys.argv[1])
    pairs = [two_and_tool() for _ in range(runs)]
    crowds = [many() for _ in range(max(runs // 4, 2))]
    print(f"{f'milliseconds, {runs} runs':56} {'p50':>6} {'p95':>6}")
    show("two nodes: start of the second until both are linked", [pair[0] for pair in pairs])
    show("gssdp-discover there: start until the first answer", [pair[1] for pair in pairs])
    show(f"{MANY} nodes: start of the last until all are linked", crowds)


main()
