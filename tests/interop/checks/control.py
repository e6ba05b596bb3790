"""A running `p2pm`, and its control socket, as docs/CONTROL.md describes it."""

import json
import socket
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Callable

from checks.programs import PATIENCE, Program

PROFILE = "default"
"""That of the examples in docs/, too."""
_PAUSE = 0.02
"""Seconds between two looks whether the socket is there."""


class Control:
    """One connection to a control socket. News are collected once `listen` was called."""

    def __init__(self, program: Program, path: Path) -> None:
        self._socket = _connect(program, path)
        self._file = self._socket.makefile("rw", encoding="utf-8", newline="\n")

    def send(self, line: str) -> dict:
        """Sends a line as it is, and returns the answer."""
        self._file.write(line + "\n")
        self._file.flush()
        return self._read()

    def ask(self, do: str, **fields: object) -> dict:
        return self.send(json.dumps({"v": 1, "do": do, **fields}))

    def news(self, kind: str, **wanted: object) -> dict:
        """Waits for the next news of this kind with these values; others are skipped."""
        while True:
            news = self._read()
            if news["news"] == kind and all(news[name] == value for name, value in wanted.items()):
                return news

    def _read(self) -> dict:
        line = self._file.readline()
        if not line:
            raise AssertionError("the control socket was closed")
        found = json.loads(line)
        assert found["v"] == 1, found
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class RunningNode:
    """`p2pm up`, with a directory of its own. `control` is for requests, `listener` hears the news; programs with
    its `env` are those of its user."""

    def __init__(self, passphrase: str, name: str, accept: str = "all") -> None:
        self._directory = tempfile.TemporaryDirectory()
        home = self._directory.name
        self.home = Path(home)
        self.env = {
            "P2PM_PASSPHRASE": passphrase, "HOME": home, "XDG_RUNTIME_DIR": home,
            "XDG_CONFIG_HOME": f"{home}/config", "XDG_DATA_HOME": f"{home}/data",
        }
        self._args = ("up", "--profile", PROFILE, "--name", name, "--port", "0", "--accept", accept, "--no-discovery")
        self._path = Path(home, "p2pm", f"{PROFILE}.sock")
        self._here = ExitStack()
        self.come()

    def come(self) -> None:
        """Starts it, again after `leave`: the same user, on another port."""
        self.program = self._here.enter_context(Program("p2pm", *self._args, env=self.env))
        self.control, self.listener = self.another(), self.another()
        for connection in (self.control, self.listener):
            self._here.callback(connection.close)
        assert self.listener.ask("listen")["answer"] == "done"
        self.port = int(self.control.ask("who")["me"]["addresses"][0].rpartition(":")[2])

    def leave(self) -> None:
        """Ends it."""
        self._here.close()

    def waits_until(self, true: Callable[[], bool]) -> None:
        """For what the node does without telling it."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline or self.program.ends_within(_PAUSE):
                raise AssertionError("it does not happen")

    def another(self) -> Control:
        """Another connection to its control socket."""
        return Control(self.program, self._path)

    def __enter__(self) -> "RunningNode":
        return self

    def __exit__(self, *_: object) -> None:
        self._here.close()
        self._directory.cleanup()


def _connect(program: Program, path: Path) -> socket.socket:
    """Connects as soon as the program listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(str(path))
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
        if time.monotonic() > deadline or program.ends_within(_PAUSE):
            raise AssertionError(f"no node at {path}: {program.printed()!r}")
