"""Runs the programs: what they print is collected, and every wait has a deadline."""

import os
import re
import subprocess
import threading
import time
from pathlib import Path

PATIENCE = 30.0
"""Seconds that anything may take before its check fails."""
_started: list["Program"] = []


class Program:
    """A running program on a terminal of its own. `P2PM_PROGRAMS` names the folder that it is in."""

    def __init__(self, name: str, *args: str, env: dict[str, str]) -> None:
        self.name = name
        self._text = ""
        self._seen = 0
        self._ended = False
        self._changed = threading.Condition()
        path = Path(os.environ["P2PM_PROGRAMS"], name)
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb", **env}
        self._terminal, theirs = os.openpty()
        self._process = subprocess.Popen(
            [path, *args], env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True)
        os.close(theirs)
        _started.append(self)
        self._collecting = threading.Thread(target=self._collect, daemon=True)
        self._collecting.start()

    def _collect(self) -> None:
        while not self._ended:
            try:
                data = os.read(self._terminal, 65536)
            except OSError:  # what a terminal says when the last one on it has gone
                data = b""
            with self._changed:
                self._text += data.decode("utf-8", "replace")
                self._ended = not data
                self._changed.notify_all()

    def expect(self, pattern: str) -> re.Match[str]:
        """Waits for `pattern` in what was printed after the last match."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                match = re.compile(pattern).search(self._text, self._seen)
                if match:
                    self._seen = match.end()
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    rest = self._text[self._seen:]
                    raise AssertionError(f"{self.name} did not print {pattern!r} but {rest!r}")
                self._changed.wait(left)

    def type(self, line: str) -> None:
        os.write(self._terminal, line.encode("utf-8") + b"\n")

    def printed(self) -> str:
        """What it has printed after the last match."""
        with self._changed:
            return self._text[self._seen:]

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait(self) -> int:
        """Its exit status."""
        return self._process.wait(PATIENCE)

    def stop(self) -> None:
        """Ends the program if it still runs, and forgets it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._collecting.join(PATIENCE)
        os.close(self._terminal)
        _started.remove(self)

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def stop_all() -> None:
    """Ends what is left of the programs that were started here, and nothing else."""
    for program in list(_started):
        program.stop()


def community_server(password: str) -> tuple[Program, int]:
    program = Program("communityserver", "--suite", "sealed", "--listen", "127.0.0.1:0",
                      env={"P2PM_PASSWORD": password})
    return program, int(program.expect(r"listening on 127\.0\.0\.1:(\d+)")[1])


def node_server(password: str, *more: str) -> tuple[Program, int]:
    program = Program("nodeServer", "--suite", "sealed", "--port", "0", *more,
                      env={"P2PM_PASSWORD": password})
    port = int(program.expect(r"port (\d+)")[1])
    program.expect("listening")
    return program, port


def calling_client(port: int, password: str, *more: str, suite: str = "sealed") -> Program:
    return Program("client", "--suite", suite, "--call", f"127.0.0.1:{port}", *more,
                   env={"P2PM_CHAT_PASSWORD": password})


def joining_client(port: int, password: str, name: str) -> Program:
    return Program("client", "--suite", "sealed", "--server", f"127.0.0.1:{port}", "--name", name, "--port",
                   "5006", env={"P2PM_SERVER_PASSWORD": password})
