"""A node as a user runs it: `p2pm up`, without the rights of root."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from lan import UNPRIVILEGED
from patience import eventually

PASSPHRASE = "47-coral-tulip-anvil-mocha"
P2PM = os.environ["P2PM"]
START_MAX = 20  # seconds until a node can be asked
INTERVAL = 0.002
LOOK_INTERVAL = 0.05


def connected(path):
    """A connection to a socket; None if nobody listens there."""
    control = socket.socket(socket.AF_UNIX)
    try:
        control.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        control.close()
        return None
    return control


class Node:
    """A running node, and a connection to its control socket on which it tells its news."""

    def __init__(self, host, name, *arguments):
        self.host, self.name = host, name
        self.home = tempfile.mkdtemp(prefix=f"{name}-")
        os.chown(self.home, UNPRIVILEGED, UNPRIVILEGED)
        homes = dict.fromkeys(["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"], self.home)
        self.environment = {"PATH": os.environ["PATH"], "P2PM_PASSPHRASE": PASSPHRASE, **homes}
        self.log = open(f"{self.home}.log", "w+", encoding="utf-8")
        self.started = time.monotonic()
        self.process = host.start(
            P2PM, "up", "--name", name, "--accept", "all", *arguments,
            user=UNPRIVILEGED, env=self.environment, stdout=self.log, stderr=self.log,
        )
        self.came = {}
        self.control, self.partial = self._attach(), b""

    def _attach(self):
        path = Path(self.home, "p2pm", "default.sock")
        control = eventually(lambda: self.process.poll() is not None or connected(path), START_MAX, INTERVAL)
        if not isinstance(control, socket.socket):
            self.log.seek(0)
            raise RuntimeError(f"{self.name} does not start: {self.log.read()}")
        control.sendall(b'{"v":1,"do":"listen","since":0}\n')
        return control

    def links(self, count, deadline):
        """Reads news until `count` others are linked, which is true, or the deadline is over. `came` says when, in the
        clock of `time.monotonic`."""
        while len(self.came) < count:
            self.control.settimeout(max(deadline - time.monotonic(), INTERVAL))
            try:
                received = self.control.recv(65536)
            except TimeoutError:
                return False
            if not received:
                return False
            *lines, self.partial = (self.partial + received).split(b"\n")
            for line in lines:
                self._hear(json.loads(line))
        return True

    def _hear(self, news):
        match news.get("news"):
            case "came":
                self.came.setdefault(news["who"]["tag"], time.monotonic())
            case "left":
                self.came.pop(news["who"]["tag"], None)

    def sees_at(self, address, seconds):
        """Whether somebody is linked from this address within so many seconds."""

        def is_there():
            people = json.loads(self.ask("--json", "who")[0])["people"]
            return any(person["here"] and person["address"].startswith(f"{address}:") for person in people)

        return eventually(is_there, seconds, LOOK_INTERVAL)

    def ask(self, *command, timeout=60):
        """What a command prints, and its exit status."""
        result = subprocess.run(
            self.host.inside(P2PM, *command, user=UNPRIVILEGED), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False,
        )
        return result.stdout, result.returncode

    def close(self):
        """Ends it without a goodbye."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        self.log.close()


def all_linked(nodes, deadline):
    """Whether each of the nodes is linked with every other before the deadline."""
    return all([node.links(len(nodes) - 1, deadline) for node in nodes])
