#!/usr/bin/env python3
"""A file from memory to memory, by p2pm and by other programs that send files to people.

All run in a network of their own, with servers of our own for those that need any. What is timed is what a person waits for: from the
command that sends, with whoever is to have it there already, until they have the file. It is compared then. Arguments: a directory
with the programs, MiB of the file, rounds.
"""

import contextlib
import filecmp
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterator

from patience import eventually

ADDRESS = "192.0.2.1"
"""Of the machine, since not every program uses that of loopback; what is sent there goes over loopback all the same."""
NETWORK = f"""
link set lo up
link add here type veth peer name there
link set here up
link set there up
address add {ADDRESS}/24 dev here
"""
PORT, MAILBOX, RELAY, LOCALSEND = 7776, 4000, 4001, 53317
START_PATIENCE, PATIENCE = 60.0, 1800.0
"""Seconds that a program may take to start, and for a file."""
NOT_THERE = "LocalSend: its own command line is in none of crates.io, PyPI, npm and Debian"
"""What cannot be installed from there."""


class Stage:
    """A file, a folder for it, and the programs that go on until the end."""

    def __init__(self, programs: Path, memory: Path, mebibytes: int) -> None:
        self.programs, self.memory, self.to = programs, memory, memory / "to"
        self.to.mkdir()
        self.file = memory / "file.bin"
        block = os.urandom(1 << 20)
        with self.file.open("wb") as file:
            for _ in range(mebibytes):
                file.write(block)
        self.running: list[subprocess.Popen[bytes]] = []

    def environment(self, home: str, **more: str) -> dict[str, str]:
        """That of a user with a home of their own."""
        path = self.memory / home
        path.mkdir(mode=0o700, exist_ok=True)
        # Without what is set for this machine, such as whose certificates are trusted.
        return {"PATH": os.environ["PATH"], "HOME": str(path), "XDG_RUNTIME_DIR": str(path), **more}

    def start(self, env: dict[str, str], cwd: Path, *command: object) -> subprocess.Popen[bytes]:
        """Starts a program, which is ended in the end."""
        process = subprocess.Popen([str(word) for word in command], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.running.append(process)
        return process

    def run(self, env: dict[str, str], cwd: Path, *command: object) -> None:
        """Runs a program to its end."""
        await_end(self.start(env, cwd, *command))

    def renew(self) -> None:
        shutil.rmtree(self.to, ignore_errors=True)
        self.to.mkdir()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()
        self.running.clear()


def await_end(process: subprocess.Popen[bytes]) -> None:
    said, _ = process.communicate(timeout=PATIENCE)
    if process.returncode:
        why = last_line(said.decode(errors="replace"))
        raise RuntimeError(f"{Path(process.args[0]).name} has ended with {process.returncode}: {why}")


def last_line(said: str) -> str:
    return (said.strip().splitlines() or ["without a word"])[-1]


def await_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Waits until a program listens there."""
    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port)):
            return True
        return False

    eventually(lambda: listens() or process.poll() is not None, START_PATIENCE)
    if process.poll() is not None:
        await_end(process)
    if not listens():
        raise TimeoutError(f"nothing listens on port {port}")


Send = Callable[[], None]
"""Brings the file into the folder."""


def p2pm(stage: Stage) -> Send:
    """Two nodes that are linked, the second one of which takes what comes."""
    program, passphrase = os.environ["P2PM"], "47-coral-tulip-anvil-mocha"
    katie, abdul = (stage.environment(name, P2PM_PASSPHRASE=passphrase) for name in ("katie", "abdul"))
    for env, more in ((katie, [f"--port={PORT}"]), (abdul, ["--port=0", f"--connect={ADDRESS}:{PORT}"])):
        name = Path(env["HOME"]).name
        up = stage.start(env, stage.memory, program, "up", "--name", name, "--accept=all", "--no-discovery", *more)
        assert up.stdout is not None and b"is up" in (said := up.stdout.readline()), said
    def who() -> bytes:
        return subprocess.run([program, "who", "--json"], env=katie, stdout=subprocess.PIPE).stdout

    if not eventually(lambda: b'"here":true' in who(), START_PATIENCE):
        raise TimeoutError("no link")
    stage.start(abdul, stage.memory, program, "listen", "--save", stage.to)
    return lambda: stage.run(katie, stage.memory, program, "send", "abdul", "--file", stage.file)


def wormhole(stage: Stage) -> Send:
    """With a mailbox server and a relay of our own, and a code that is known before."""
    commands, env = stage.programs / "wormhole/bin", stage.environment("wormhole")
    for server, port in (("wormhole-mailbox", MAILBOX), ("transitrelay", RELAY)):
        await_port(stage.start(env, stage.memory, commands / "twist", server, f"--port=tcp:{port}"), port)
    servers = [f"--relay-url=ws://{ADDRESS}:{MAILBOX}/v1", f"--transit-helper=tcp:{ADDRESS}:{RELAY}"]
    program = [commands / "wormhole", *servers]
    numbers = iter(range(1, 1000))

    def send() -> None:
        code = f"{next(numbers)}-coral-tulip"
        sending = stage.start(env, stage.memory, *program, "send", "--hide-progress", f"--code={code}", stage.file)
        stage.run(env, stage.to, *program, "receive", "--hide-progress", "--accept-file", code)
        await_end(sending)

    return send


def localsend_cli(stage: Stage) -> Send:
    program, env = stage.programs / "localsend-cli/bin/localsend-cli", stage.environment("localsend-cli")
    await_port(stage.start(env, stage.memory, program, "receive", "--clean", "--output", stage.to), LOCALSEND)
    return lambda: stage.run(env, stage.memory, program, "send", "--clean", ADDRESS, stage.file)


def sendme(stage: Stage) -> Send:
    """Without the relays of its makers."""
    program, env = stage.programs / "sendme/bin/sendme", stage.environment("sendme")

    def send() -> None:
        quiet = ["--relay=disabled", "--no-progress"]
        sending = stage.start(env, Path(env["HOME"]), program, "send", *quiet, "--ticket-type=addresses", stage.file)
        assert sending.stdout is not None
        tickets = (line.split()[-1].decode() for line in sending.stdout if line.startswith(b"sendme receive "))
        stage.run(env, stage.to, program, "receive", *quiet, next(tickets))
        sending.send_signal(signal.SIGINT)
        sending.communicate(timeout=PATIENCE)

    return send


RIVALS: list[tuple[str, str, Callable[[Stage], Send]]] = [
    ("p2pm", "", p2pm),
    ("magic-wormhole, of PyPI", "wormhole", wormhole),
    ("localsend-cli, of PyPI: LocalSend's protocol, by others than its makers", "localsend-cli", localsend_cli),
    ("sendme, of crates.io", "sendme", sendme),
]


class Subject:
    """A program with its times, in seconds."""

    def __init__(self, name: str, send: Send) -> None:
        self.name, self.send = name, send
        self.times: list[float] = []

    def measure(self, stage: Stage) -> None:
        stage.renew()
        start = time.monotonic()
        self.send()
        taken = time.monotonic() - start
        if not filecmp.cmp(stage.file, stage.to / stage.file.name, shallow=False):
            raise RuntimeError("what has arrived is not what was sent")
        self.times.append(taken)


def prepared(stage: Stage) -> list[Subject]:
    """The programs that are there. Of the others it is said why they are not."""
    subjects = []
    for name, directory, prepare in RIVALS:
        if not (stage.programs / directory).exists():
            log = (stage.programs / f"{directory}.log").read_text(errors="replace")
            print(f"{name}: could not be installed: {last_line(log)}")
            continue
        with saying_what_fails(name):
            subjects.append(Subject(name, prepare(stage)))
    return subjects


@contextlib.contextmanager
def saying_what_fails(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, StopIteration, subprocess.SubprocessError) as error:
        print(f"{name}: failed: {error}")


def main() -> None:
    programs, mebibytes, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    subprocess.run(["ip", "-batch", "-"], input=NETWORK, text=True, check=True)
    print(f"{mebibytes} MiB from memory to memory over loopback: medians of {rounds} interleaved rounds")
    print(NOT_THERE)
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="p2pm-rivals-") as memory:
        stage = Stage(programs, Path(memory), mebibytes)
        try:
            subjects = prepared(stage)
            for number in range(1, rounds + 1):
                # Whoever has failed once is not measured again.
                for subject in [it for it in subjects if len(it.times) == number - 1]:
                    with saying_what_fails(subject.name):
                        subject.measure(stage)
        finally:
            stage.end()
    medians = {it.name: statistics.median(it.times) for it in subjects if len(it.times) == rounds}
    ours = medians.get(RIVALS[0][0])
    for name, median in medians.items():
        ratio = f", {median / ours:.2f} times p2pm" if ours else ""
        print(f"{name}: {median:.2f} s{ratio}")


if __name__ == "__main__":
    main()
