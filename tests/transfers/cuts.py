#!/usr/bin/env python3
"""A file crosses while it is cut at random bytes: the connections, either node by kill -9, the address of the sender.

Katie sends, Abdul receives. Each is alone in a network, and reaches the other one through relays in between, which count
what Katie sends, and cut. At the end the file must be the same, and the bytes that she has sent twice are told. Arguments: MiB of the
file, cuts, a seed.
"""

import filecmp
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Iterator

from lan import Host

FRAME_LEN, BODY_LEN = 65_536, 65_536 - 24
"""Of a transfer: bytes on the wire, and bytes of the stream in them."""
PATIENCE = 120.0
"""Seconds in which something must come of a cut."""
PORT = 7776
CODE = "47-coral-tulip-anvil-mocha\n"
PROGRAM = os.environ["P2PM"]


class Wire:
    """What both relays share: the connections through them, and how much has passed."""

    def __init__(self) -> None:
        self.sent = 0
        """Bytes that Katie has sent."""
        self.moved = threading.Condition()
        self.ends: list[socket.socket] = []

    def count(self, sent: int) -> None:
        with self.moved:
            self.sent += sent
            self.moved.notify()

    def wait(self, sent: int) -> None:
        """Waits until so many bytes are sent, counted from the beginning."""
        with self.moved:
            if not self.moved.wait_for(lambda: self.sent >= sent, PATIENCE):
                raise TimeoutError(f"{self.sent} bytes are sent, and after {PATIENCE} s not {sent}")

    def cut(self) -> None:
        ends, self.ends = self.ends, []
        for end in ends:
            close(end)


class Relay:
    """Takes connections at an address, and passes them on to a node."""

    def __init__(self, wire: Wire, at: str, to: str, from_katie: bool) -> None:
        self.wire, self.to, self.from_katie = wire, to, from_katie
        self.listener = socket.create_server((at, PORT))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        close(self.listener)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection((self.to, PORT))
            except OSError:
                near.close()
                continue
            self.wire.ends += [near, far]
            threading.Thread(target=self._pass, args=(near, far, self.from_katie), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, not self.from_katie), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        try:
            while data := source.recv(FRAME_LEN):
                if counts:
                    self.wire.count(len(data))
                target.sendall(data)
        except OSError:
            pass
        close(source)
        close(target)


def close(end: socket.socket) -> None:
    """Ends a connection, also for a thread that reads from it."""
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Node:
    """A node in a network of its own, which can be killed and started again."""

    def __init__(self, home: Path, name: str, network: str) -> None:
        self.home, self.name = home / name, name
        self.home.mkdir()
        self.passphrase = self.home / "passphrase"
        self.passphrase.write_text(CODE)
        self.passphrase.chmod(0o600)
        self.env = dict(os.environ, HOME=str(self.home), XDG_RUNTIME_DIR=str(self.home),
                        XDG_CONFIG_HOME=str(self.home / "config"), XDG_DATA_HOME=str(self.home / "data"))
        self.host, self.network, self.at = Host(), network, f"{network}.1"
        here = f"link add {name} type veth peer name lan netns {self.host.holder.pid}\nlink set {name} up\n"
        subprocess.run(["ip", "-batch", "-"], input=here, text=True, check=True)
        self.host.ip(f"link set lan up\naddress add {self.at}/24 dev lan\n")
        self.process: subprocess.Popen[bytes] | None = None

    def gate(self, number: int) -> str:
        """An address of ours in its network."""
        address = f"{self.network}.{number}"
        subprocess.run(["ip", "address", "add", f"{address}/24", "dev", self.name], check=True)
        return address

    def start(self, *connect: str) -> None:
        """Starts it, with addresses to dial, and returns once it is up."""
        self.process = self.host.start(
            PROGRAM, "up", "--name", self.name, "--accept", "all", "--no-discovery", "--passphrase-file", self.passphrase,
            *(f"--connect={address}" for address in connect), env=self.env, stderr=subprocess.PIPE)
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert b"is up" in said, said
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def ask(self, **request: object) -> dict:
        """The answer to a request on the control socket."""
        with Control(self.home) as control:
            return control.ask(**request)

    def news(self, **wanted: object) -> dict:
        """The first news of this run that has these members, as soon as they come."""
        with Control(self.home) as control:
            control.ask(do="listen", since=0)
            return next(news for news in control.lines() if wanted.items() <= news.items())


class Control:
    """A client of the control socket: docs/CONTROL.md."""

    def __init__(self, home: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(home / "p2pm/default.sock"))
        self.file = self.socket.makefile("r", encoding="utf-8")

    def __enter__(self) -> "Control":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def lines(self) -> Iterator[dict]:
        for line in self.file:
            yield json.loads(line)

    def ask(self, **request: object) -> dict:
        self.socket.sendall(json.dumps({"v": 1, **request}).encode() + b"\n")
        answer = next(line for line in self.lines() if "answer" in line)
        assert answer["answer"] != "error", answer
        return answer


class Cuts:
    """What can happen to a transfer."""

    def __init__(self, home: Path) -> None:
        self.wire = Wire()
        self.katie, self.abdul = Node(home, "katie", "10.79.1"), Node(home, "abdul", "10.79.2")
        self.addresses = iter(range(253, 1, -1))
        self.to_abdul = Relay(self.wire, self.katie.gate(254), self.abdul.at, from_katie=True)
        self.to_katie = self._relay_to_katie()
        self.happened = {act.__name__: 0 for act in (self.connection, self.sender, self.receiver, self.address)}

    def _relay_to_katie(self) -> Relay:
        self.dials = self.abdul.gate(next(self.addresses))
        return Relay(self.wire, self.dials, self.katie.at, from_katie=False)

    def start(self) -> None:
        self.katie.start()
        self.abdul.start(self.dials)
        self.katie.news(news="came")

    def happen(self, name: str) -> None:
        self.happened[name] += 1
        getattr(self, name)()

    def connection(self) -> None:
        self.wire.cut()

    def sender(self) -> None:
        self.katie.kill()
        self.katie.start()

    def receiver(self) -> None:
        self.abdul.kill()
        self.abdul.start(self.dials)

    def address(self) -> None:
        self.to_katie.close()
        self.to_katie = self._relay_to_katie()
        self.wire.cut()
        self.abdul.ask(do="connect", address=self.dials)


def main() -> None:
    mebibytes, cuts, seed = (int(argument) for argument in sys.argv[1:])
    size, chance = mebibytes << 20, random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        sent = Path(home, "big")
        with sent.open("wb") as file:
            for _ in range(mebibytes):
                file.write(chance.randbytes(1 << 20))
        it = Cuts(Path(home))
        try:
            it.start()
            it.katie.ask(do="send_file", to="abdul", path=str(sent))
            offered = it.abdul.news(state="offered")
            it.abdul.ask(do="take_file", file=offered["file"])
            # What is sent twice counts as well, so that the last one comes before the end.
            for moment in sorted(chance.sample(range(size), cuts)):
                it.wire.wait(moment)
                it.happen(chance.choice(list(it.happened)))
            stored = it.abdul.news(state="stored")
            assert filecmp.cmp(sent, stored["path"], shallow=False), "it is not the same"
        finally:
            for node in (it.katie, it.abdul):
                node.kill()
    again = it.wire.sent * BODY_LEN // FRAME_LEN - size
    print(f"{it.happened}: {size} bytes are the same; sent again: {again} bytes, {again // max(cuts, 1)} for each cut")


if __name__ == "__main__":
    main()
