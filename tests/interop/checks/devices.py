"""A device that keeps letters, `p2pm-tap`: the peer entrusts them to it, and takes them from it. Both are in a network namespace."""

import ctypes
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Callable, Iterator, TypeVar

from checks.checking import PASSWORD, SECRET, Skipped, check, ends, equal, soon
from checks.keepers import LONGEST
from checks.programs import Program
from peer.circles import Circle
from peer.faults import CloseCode, EndedByPeer, Fault
from peer.fields import Scope
from peer.keeper_messages import Entrust, Fate, Kept, Letter, Pass, Took, sign_receipt
from peer.limits import HELD_TEXTS
from peer.link import Heard, Link, Node

CIRCLE = Circle(SECRET)
TAP, LINUX, DEVICE, PORT = "tap0", "10.77.0.1", "10.77.0.2", 7776
M = TypeVar("M")
_CLONE_NEWNET = 0x40000000


def _isolate() -> None:
    """Gives this thread, and whatever it starts, a network of its own, with a TAP."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        why = f"no network namespace: {os.strerror(ctypes.get_errno())}"
        raise AssertionError(why) if "P2PM_REQUIRE_ROOT_TESTS" in os.environ else Skipped(why)
    for command in ("link set lo up", f"tuntap add dev {TAP} mode tap", f"address add {LINUX}/24 dev {TAP}",
                    f"link set {TAP} up"):
        subprocess.run(["ip", *command.split()], check=True)


class Stage:
    """A device that keeps letters. Katie and Abdul, who know each other; the device knows Abdul, who is away."""

    def __init__(self, katie: Node, abdul: Node) -> None:
        self.katie, self.abdul = katie, abdul
        katie.knows(abdul)
        abdul.knows(katie)
        self.mutual(abdul).goodbye()
        katie.away.add(abdul.identity.key)

    def mutual(self, node: Node) -> Link:
        link = node.dial(PORT, DEVICE)
        link.admit()
        link.run_until(lambda: link.is_mutual and link.letters.peer_keeps)
        return link

    def letter(self, number: int = 1, run: int | None = None) -> Letter:
        return Letter(self.katie.run if run is None else run, Scope.ONE, number, 0, False, "hello")

    def entrusts(self, link: Link, letter: Letter, signed: Letter | None = None) -> None:
        """Katie entrusts a letter as it is, signed as this one."""
        key = self.abdul.identity.key
        link.conn.send(Entrust(key, (signed or letter).sign(self.katie.identity, key), letter))


@contextmanager
def _stage() -> Iterator[Stage]:
    args = ("--tap", TAP, "--ip", f"{DEVICE}/24", "circle", "--name", "board")
    with Program("p2pm-tap", *args, env={"P2PM_PASSPHRASE": PASSWORD}) as device, \
            Node(CIRCLE, "katie") as katie, Node(CIRCLE, "abdul") as abdul:
        device.expect(f"on port {PORT}")
        yield Stage(katie, abdul)
        device.type("quit")
        equal(device.wait(), 0)


def _has_heard_all(link: Link) -> None:
    """The device has taken what was sent to it up to now."""
    number = link.say("done")
    link.run_until(lambda: link.memory.received == number)


def _next(link: Link, kind: type[M]) -> M:
    """The next message of this kind; others are skipped."""
    while not isinstance(message := link.conn.receive(soon()), kind):
        pass
    return message


def _on_stage(scene: Callable[[Stage], None]) -> None:
    def work() -> None:
        _isolate()
        with _stage() as stage:
            scene(stage)

    with ThreadPoolExecutor() as pool:
        pool.submit(work).result()


@check
def a_device_holds_what_we_entrust_and_passes_it_on() -> None:
    def scene(it: Stage) -> None:
        katie, abdul = it.katie.identity.key, it.abdul.identity.key
        texts = (("at eight?", Scope.ONE), ("", Scope.ALL), (LONGEST, Scope.ONE))
        for text, scope in texts:
            it.katie.write(abdul, text, scope)
        link, memory = it.mutual(it.katie), it.katie.memories[abdul]
        link.run_until(lambda: memory.held == len(texts))
        taking = it.mutual(it.abdul)
        taking.run_until(lambda: len(taking.texts) == len(texts))
        equal(taking.texts, [
            Heard(scope, number, text, False, katie) for number, (text, scope) in enumerate(texts, 1)])
        link.run_until(lambda: memory.received == len(texts))

    _on_stage(scene)


@check
def a_device_tells_an_author_later_what_was_delivered() -> None:
    def scene(it: Stage) -> None:
        memory = it.katie.memories[it.abdul.identity.key]
        number = it.katie.write(it.abdul.identity.key, "at eight?").number
        link = it.mutual(it.katie)
        link.run_until(lambda: memory.held == number)
        link.goodbye()
        taking = it.mutual(it.abdul)
        taking.run_until(lambda: bool(taking.texts))
        _has_heard_all(taking)
        it.katie.away.clear()
        again = it.mutual(it.katie)
        again.run_until(lambda: memory.received == number)

    _on_stage(scene)


@check
def a_device_says_for_what_it_has_no_room() -> None:
    def scene(it: Stage) -> None:
        abdul = it.abdul.identity.key
        for number in range(HELD_TEXTS + 1):
            it.katie.write(abdul, f"{number}")
        link = it.mutual(it.katie)
        link.run_until(lambda: abdul in link.letters.without_room)
        equal(it.katie.memories[abdul].held, HELD_TEXTS)
        taking = it.mutual(it.abdul)
        taking.run_until(lambda: len(taking.texts) == HELD_TEXTS)
        link.run_until(lambda: it.katie.memories[abdul].held == HELD_TEXTS + 1)
        taking.run_until(lambda: len(taking.texts) == HELD_TEXTS + 1)
        link.run_until(lambda: it.katie.memories[abdul].received == HELD_TEXTS + 1)

    _on_stage(scene)


@check
def a_device_refuses_letters_that_are_not_their_authors() -> None:
    def scene(it: Stage) -> None:
        good = it.letter()
        for name, letter, signed, which in [
            ("changed", replace(good, text="hello!"), good, Fault.PROOF),
            ("of another run", it.letter(run=it.katie.run ^ 1), None, Fault.VALUE),
            ("of another run, and not signed", it.letter(run=it.katie.run ^ 1), good, Fault.VALUE),
        ]:
            link = it.mutual(it.katie)
            it.entrusts(link, letter, signed)
            ends(CloseCode.FAULT, which, lambda: link.run_until(lambda: False), EndedByPeer, name)
        taking = it.mutual(it.abdul)
        _has_heard_all(taking)
        equal(taking.texts, [], "nothing is held")

    _on_stage(scene)


@check
def a_device_holds_nothing_for_whom_it_does_not_know() -> None:
    def scene(it: Stage) -> None:
        link = it.mutual(it.katie)
        for key in (bytes(32), it.katie.identity.key, link.peer.key):
            letter = it.letter()
            link.conn.send(Entrust(key, letter.sign(it.katie.identity, key), letter))
            equal(_next(link, Kept), Kept(key, 1, Fate.NOT_HELD), key.hex())

    _on_stage(scene)


@check
def a_device_believes_no_receipt_that_is_not_the_addressees() -> None:
    def scene(it: Stage) -> None:
        link, letter, katie = it.mutual(it.katie), it.letter(), it.katie.identity
        it.entrusts(link, letter)
        equal(_next(link, Kept).fate, Fate.HELD)
        for name, signature in [
            ("of the author", sign_receipt(katie, katie.key, letter.run, letter.number)),
            ("of another number", sign_receipt(it.abdul.identity, katie.key, letter.run, 2)),
            ("the letter's", letter.sign(katie, it.abdul.identity.key)),
        ]:
            taking = it.mutual(it.abdul)
            equal(_next(taking, Pass).letter, letter)
            taking.conn.send(Took(signature))
            ends(CloseCode.FAULT, Fault.PROOF, lambda: taking.run_until(lambda: False), EndedByPeer, name)

    _on_stage(scene)
