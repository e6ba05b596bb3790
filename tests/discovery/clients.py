"""Tools of UPnP that others have made, as they are started on a host with the interface `lan`."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ALL = "ssdp:all"
SECONDS = 3  # for which a tool looks; the answers to a search for all devices are spread over its MX
PATIENCE = 60  # seconds until a tool has ended, also on a machine that has much else to do
PROGRAMS = Path(__file__).parent / "clients"
WORK = Path(os.environ["TMPDIR"])


@dataclass
class Client:
    """A tool; without a `command` it is not there, for the reason `absent`. If it `needs_targets`, they follow."""

    name: str
    version: str
    command: list | None
    absent: str = ""
    needs_targets: bool = False


def clients():
    """All tools. They look for everything, but for GUPnP, which does not tell by which target it has found a device."""
    node_path, venv = WORK / "npm", WORK / "venv"
    python = ["/usr/bin/python3", "-u"]
    return [
        Client(
            "gssdp-discover", version("GUPNP_TOOLS"),
            [WORK / "gupnp-tools/usr/bin/gssdp-discover", "-i", "lan", "-t", ALL, "-n", SECONDS],
        ),
        Client(
            "GUPnP", version("GUPNP"), [*python, PROGRAMS / "gupnp_control_point.py", SECONDS], needs_targets=True
        ),
        Client("miniupnpc", version("MINIUPNPC"), [*python, PROGRAMS / "miniupnpc_discover.py", SECONDS]),
        optional(
            "node-ssdp", "NODE_SSDP", "npm or its registry",
            ["env", f"NODE_PATH={node_path}/node_modules", "node", PROGRAMS / "node_ssdp.js", SECONDS],
        ),
        optional(
            "async-upnp-client", "ASYNC_UPNP_CLIENT", "PyPI",
            [venv / "bin/python", "-u", PROGRAMS / "async_upnp_search.py", SECONDS],
        ),
    ]


def version(name):
    """The version that the calling script has found."""
    return os.environ.get(f"{name}_VERSION", "")


def optional(name, variable, source, command):
    """A tool that is there if its version is."""
    found = version(variable)
    return Client(name, found or "-", command if found else None, f"{source} is away")


@dataclass
class Line:
    """A line of a tool's output, and how many seconds after its start it came."""

    text: str
    seconds: float


def look(host, client):
    """The output of a tool, and what it says on standard error."""
    started = time.monotonic()
    process = host.start(*client.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    lines = [Line(text, time.monotonic() - started) for text in process.stdout]
    error = process.stderr.read()
    process.wait()
    watchdog.cancel()
    return lines, error
