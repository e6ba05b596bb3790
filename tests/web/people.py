#!/usr/bin/env python3
"""Katie, Abdul and Zoe, each with `p2pm web` and a browser in a network of their own, on whose pages a script plays.

`people SCRIPT` runs it. `people hook stop NAME` ends the node of one of them, `people hook kill NAME` kills their program, starts it
again, and prints the new address of its page; `people hook cut NAME` breaks all connections of their page, and lets it make no
others until `people hook mend NAME`.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from lan import Lan
from patience import eventually

NAMES = ["katie", "abdul", "zoe"]
BROWSER = "/usr/bin/chromium"
PATIENCE = 60.0
"""Seconds until a page is served."""
PORT = 7778
"""Of each page: none from which a browser connects, which could have it while nobody serves."""
RATE = "20mbit"
"""Of each network, so that there is something to see of a file on its way."""
PROGRAM = os.environ["P2PM"]
STAGE = Path(os.environ["TMPDIR"])


class Person:
    """A program that serves a page, and what leads to it. It is kept in a file, for the hook."""

    def __init__(self, name: str, namespace: str, home: str) -> None:
        self.name, self.namespace, self.home = name, namespace, home
        self.process, self.url = 0, ""

    @classmethod
    def known(cls, name: str) -> "Person":
        person = cls.__new__(cls)
        person.__dict__ = json.loads(Path(STAGE, f"{name}.json").read_text())
        return person

    def keep(self) -> None:
        Path(STAGE, f"{self.name}.json").write_text(json.dumps(self.__dict__))

    def command(self, *arguments: str, **options) -> subprocess.Popen:
        homes = dict.fromkeys(["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"], self.home)
        environment = {"PATH": os.environ["PATH"], "USER": self.name, **homes}
        entered = ["nsenter", f"--net={self.namespace}", PROGRAM, *arguments]
        return subprocess.Popen(entered, env=environment, stdin=subprocess.DEVNULL, **options)

    def nft(self, rules: str) -> None:
        """Loads rules of nftables in their network."""
        subprocess.run(["nsenter", f"--net={self.namespace}", "nft", "-f", "-"], input=rules, text=True, check=True)

    def serve(self) -> None:
        """Starts the program, and waits for the address of its page."""
        output = Path(STAGE, f"{self.name}.out")
        with open(output, "w", encoding="utf-8") as file:
            self.process = self.command("web", "--no-open", "--page-port", str(PORT), stdout=file).pid
        self.url = eventually(lambda: output.read_text().strip(), PATIENCE)
        if not self.url:
            raise RuntimeError(f"{self.name} has no page after {PATIENCE} s")
        self.keep()


def browser(person: Person) -> str:
    """A program that starts a browser in the network of a person."""
    path = Path(STAGE, f"browser-{person.name}")
    path.write_text(f'#!/bin/sh\nexec nsenter --net={person.namespace} {BROWSER} "$@"\n')
    path.chmod(0o755)
    return str(path)


def hook(what: str, name: str) -> None:
    person = Person.known(name)
    match what:
        case "stop":
            person.command("down").wait()
        case "kill":
            process = os.pidfd_open(person.process)
            signal.pidfd_send_signal(process, signal.SIGKILL)
            # Until then it has its port.
            select.select([process], [], [], PATIENCE)
            person.serve()
            print(person.url)
        case "cut":
            rules = [f"tcp {end} {PORT} reject with tcp reset" for end in ["sport", "dport"]]
            chain = ["chain input {", "type filter hook input priority 0", *rules, "}"]
            person.nft("\n".join(["table inet cut {", *chain, "}", ""]))
        case "mend":
            person.nft("delete table inet cut")


def play(script: str) -> int:
    scripts = Path(__file__).parent
    caller = Path(STAGE, "hook")
    caller.write_text(f'#!/bin/sh\nexec {sys.executable} -m people hook "$@"\n')
    caller.chmod(0o755)
    with Lan(len(NAMES)) as lan:
        people = {}
        for host, name in zip(lan.hosts, NAMES):
            host.run("tc", "qdisc", "add", "dev", "lan", "root", "tbf", "rate", RATE, "burst", "64kb", "latency", "200ms")
            home = tempfile.mkdtemp(prefix=f"{name}-")
            person = Person(name, f"/proc/{host.holder.pid}/ns/net", home)
            person.serve()
            people[name] = {"url": person.url, "browser": browser(person), "control": f"{home}/p2pm/default.sock"}
        Path(STAGE, "people.json").write_text(json.dumps(people))
        told = {"P2PM_WEB_PEOPLE": str(Path(STAGE, "people.json")), "P2PM_WEB_HOOK": str(caller)}
        result = subprocess.run(["node", scripts / script], env={**os.environ, **told}, check=False)
    return result.returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["hook"]:
        hook(*sys.argv[2:])
    else:
        sys.exit(play(sys.argv[1]))
