"""What `p2pm` must refuse on a link, with the fault that the document names."""

import os
import socket
from contextlib import contextmanager
from typing import Iterator

from checks import cases
from checks.cases import Case, body, fault
from checks.checking import PASSWORD, SECRET, WRONG, check, equal, listening, port_of, soon
from checks.control import RunningNode
from checks.puppets import RawInitiator, RawResponder, Verdict, plain, verdict
from checks.refusals import refuses_in_the_handshake, refuses_what_does_not_open
from peer import cpace
from peer.circles import Circle
from peer.connection import connect
from peer.faults import CloseCode, Fault
from peer.handshake import Terms, initiate
from peer.identity import INITIATOR, RESPONDER, Identity
from peer.limits import RANDOM_LEN, Service
from peer.messages import (
    Admit, AskReception, Call, Hello, Introduce, KeepAlive, Kind, Name, Receipt, Reception, Roster, Say, Scope, Turns,
)

CIRCLE = Circle(SECRET)
SMALL_ORDER = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
"""A point of order 8."""


class RawLink:
    """The initiator of a link that is OPEN, with an identity of its own."""

    def __init__(self, port: int) -> None:
        self.conn = connect(port)
        self.keys = initiate(self.conn, Terms(Service.LINK, CIRCLE.password, CIRCLE.marker))
        self.identity = Identity(os.urandom(32))

    def introduction(self, label: bytes = INITIATOR, **other: bytes) -> Introduce:
        proof = self.identity.prove(self.keys.exported(label))
        fields = {"key": self.identity.key, "proof": proof, **other}
        return Introduce(port=0, text_max=100, run=1, **fields)

    def ends_after(self, *rows: bytes) -> Verdict:
        for frame in rows:
            self.conn.send_plain(frame)
        return verdict(self.conn)


def introduced(port: int) -> RawLink:
    link = RawLink(port)
    link.conn.send(link.introduction())
    return link


def mutual(port: int) -> RawLink:
    """All that must come from the other side may still be on its way."""
    link = introduced(port)
    link.conn.send(Admit(0))
    while not isinstance(link.conn.receive(soon()), Admit):
        pass
    return link


ADMIT, NAME = plain(Admit(0)), plain(Name("katie"))
SAY = plain(Say(Scope.ONE, 1, 0, 5, 0, "hello"))
FIRST = plain(Say(Scope.ONE, 1, 0, 5, 0, "hel"))


def _say(scope: int = 1, number: int = 1, previous: int = 0, total: int = 5, offset: int = 0,
         part: bytes = b"hello") -> bytes:
    head = bytes([scope]) + number.to_bytes(4, "big") + previous.to_bytes(4, "big")
    return body(Kind.SAY, head + total.to_bytes(2, "big") + offset.to_bytes(2, "big") + part)


def _field_cases() -> list[Case]:
    """Fields, which are judged in every state."""
    key = bytes(32)
    return [
        fault("Introduce: 103 bytes", body(Kind.INTRODUCE, bytes(103)), Fault.LENGTH),
        fault("Introduce: 105 bytes", body(Kind.INTRODUCE, bytes(105)), Fault.LENGTH),
        fault("Name: empty", body(Kind.NAME, b"\0"), Fault.NAME),
        fault("Name: bytes left over", body(Kind.NAME, b"\1ab"), Fault.LENGTH),
        fault("Admit: 3 bytes", body(Kind.ADMIT, bytes(3)), Fault.LENGTH),
        fault("Say: scope 0", _say(scope=0), Fault.VALUE),
        fault("Say: scope 3, too short", body(Kind.SAY, b"\3"), Fault.VALUE),
        fault("Say: 12 bytes", _say(part=b"")[:6] + b"\0\x0c" + _say(part=b"")[8:], Fault.LENGTH),
        fault("Say: number 0", _say(number=0), Fault.VALUE),
        fault("Say: previous is the number", _say(number=7, previous=7), Fault.VALUE),
        fault("Say: an empty part", _say(part=b""), Fault.VALUE),
        fault("Say: an empty part at the end", _say(offset=5, part=b""), Fault.VALUE),
        fault("Say: beyond the total", _say(total=4), Fault.VALUE),
        fault("Say: beyond the total by the offset", _say(offset=1), Fault.VALUE),
        fault("Say: total 16385", _say(total=16385), Fault.VALUE),
        fault("Say: half a character", _say(part=b"hell\xc3"), Fault.TEXT),
        fault("Say: not UTF-8, and beyond the total", _say(total=1, part=b"\xff\xff"), Fault.TEXT),
        fault("Receipt: 5 bytes", body(Kind.RECEIPT, bytes(5)), Fault.LENGTH),
        fault("Roster: half a neighbour", body(Kind.ROSTER, key + b"\4\1\2"), Fault.LENGTH),
        fault("Roster: port 0", body(Kind.ROSTER, key + b"\4\1\2\3\4\0\0"), Fault.ENDPOINT),
        fault("Roster: IPv4-mapped", body(Kind.ROSTER, key + b"\6" + bytes(10) + b"\xff\xff" + bytes(4) + b"\0\1"),
              Fault.ENDPOINT),
        fault("AskReception: 1 byte", body(Kind.ASK_RECEPTION, bytes(1)), Fault.LENGTH),
        fault("Reception: heard, and not looking", body(Kind.RECEPTION, b"\2"), Fault.VALUE),
        fault("Reception: a bit without a meaning", body(Kind.RECEPTION, b"\x11"), Fault.VALUE),
        fault("kind 0x46", body(0x46, b""), Fault.KIND),
    ]


def _mutual_cases() -> list[tuple[str, list[bytes], Fault]]:
    goes_on = plain(Say(Scope.ONE, 1, 0, 5, 3, "lo"))
    return [
        ("Introduce again", [body(Kind.INTRODUCE, bytes(104))], Fault.STATE),
        ("Admit again", [ADMIT], Fault.STATE),
        ("Receipt of what was not said", [plain(Receipt(1))], Fault.VALUE),
        ("a part without a beginning", [goes_on], Fault.STATE),
        ("a part twice", [FIRST, goes_on, goes_on], Fault.STATE),
        ("a part too far on", [FIRST, plain(Say(Scope.ONE, 1, 0, 5, 4, "o"))], Fault.STATE),
        ("a part of another message", [FIRST, plain(Say(Scope.ONE, 2, 0, 5, 3, "lo"))], Fault.STATE),
        ("a part of another total", [FIRST, plain(Say(Scope.ONE, 1, 0, 6, 3, "lo"))], Fault.STATE),
        ("Reception without a question", [plain(Reception())], Fault.STATE),
        ("Call", [plain(Call(Turns.FREE, None))], Fault.STATE),
    ]


@check
def p2pm_refuses_in_the_handshake_of_a_link() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        refuses_in_the_handshake(abdul.port, Service.LINK, CIRCLE.marker)
        random = os.urandom(RANDOM_LEN)
        marker = CIRCLE.marker(random)
        for name, share, wanted in [
            ("no marker", b"", (CloseCode.FAULT, Fault.LENGTH, False)),
            ("half a marker", marker[:7], (CloseCode.FAULT, Fault.LENGTH, False)),
            ("another circle", Circle(SECRET, 47).marker(random), (CloseCode.OTHER_CIRCLE, 0, False)),
            ("another Hello's marker", CIRCLE.marker(bytes(32)), (CloseCode.OTHER_CIRCLE, 0, False)),
            ("another circle, and a share", bytes(40), (CloseCode.OTHER_CIRCLE, 0, False)),
        ]:
            conn = connect(abdul.port)
            conn.send(Hello(Service.LINK, random, share))
            equal(verdict(conn), wanted, name)


@check
def another_circle_costs_no_guess() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for _ in range(20):
            conn = connect(abdul.port)
            conn.send(Hello(Service.LINK, bytes(RANDOM_LEN), Circle(WRONG, 47).marker(bytes(RANDOM_LEN))))
            equal(verdict(conn), (CloseCode.OTHER_CIRCLE, 0, False))
        us = RawInitiator(abdul.port, Service.LINK, WRONG, marker=CIRCLE.marker)
        us.prove()
        equal(verdict(us.conn), (CloseCode.WRONG_PASSWORD, 0, False))


@check
def p2pm_refuses_introductions_without_a_proof() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        other = RawLink(abdul.port)
        elsewhere = other.identity.prove(other.keys.exported(INITIATOR))

        def changed(link: RawLink, at: int) -> Introduce:
            proof = bytearray(link.introduction().proof)
            proof[at] ^= 1
            return link.introduction(proof=bytes(proof))

        for name, make in [
            ("first byte", lambda link: changed(link, 0)),
            ("last byte", lambda link: changed(link, 63)),
            ("the other side's", lambda link: link.introduction(RESPONDER)),
            ("of another channel", lambda link: link.introduction(key=other.identity.key, proof=elsewhere)),
            ("another's key", lambda link: link.introduction(key=other.identity.key)),
            ("no key", lambda link: link.introduction(key=b"\2" + bytes(31))),
            ("a key of small order", lambda link: link.introduction(key=SMALL_ORDER, proof=SMALL_ORDER + bytes(32))),
            ("the neutral element", lambda link: link.introduction(key=b"\1" + bytes(31), proof=b"\1" + bytes(63))),
        ]:
            link = RawLink(abdul.port)
            found = link.ends_after(plain(make(link)))
            equal(found, (CloseCode.FAULT, Fault.PROOF, True), name)
        equal(abdul.control.ask("who")["people"], [], "nobody was introduced")


@check
def p2pm_refuses_out_of_state() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for name, frame in [("Name", NAME), ("Admit", ADMIT), ("Say", SAY), ("Receipt", plain(Receipt(0))),
                            ("Roster", plain(Roster(()))), ("Hello", plain(Hello(3, bytes(32))))]:
            found = RawLink(abdul.port).ends_after(plain(KeepAlive()), frame)
            equal(found, (CloseCode.FAULT, Fault.STATE, True), f"{name} before Introduce")
        for case in _field_cases():
            found = RawLink(abdul.port).ends_after(case.frame)
            equal(found, (case.code, case.value, True), f"{case.name}, before Introduce")
        for name, frame in [("Say", SAY), ("Receipt", plain(Receipt(0))), ("Roster", plain(Roster(()))),
                            ("AskReception", plain(AskReception())), ("Reception", plain(Reception())),
                            ("Introduce", body(Kind.INTRODUCE, bytes(104)))]:
            found = introduced(abdul.port).ends_after(NAME, frame)
            equal(found, (CloseCode.FAULT, Fault.STATE, True), f"{name} before Admit")
        found = introduced(abdul.port).ends_after(plain(Admit(1)))
        equal(found, (CloseCode.FAULT, Fault.VALUE, True), "Admit for what was not said")


@check
def p2pm_refuses_on_a_link() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for case in cases.open_cases(SAY) + _field_cases():
            found = mutual(abdul.port).ends_after(case.frame)
            equal(found, (case.code, case.value, True), case.name)
        for name, row, which in _mutual_cases():
            equal(mutual(abdul.port).ends_after(*row), (CloseCode.FAULT, which, True), name)
        refuses_what_does_not_open(lambda: mutual(abdul.port).conn, plain(KeepAlive()))


@check
def p2pm_takes_what_is_allowed() -> None:
    """A text given up between two parts, rosters and receipts of nothing, and a name before anything else."""
    with RunningNode(PASSWORD, "abdul") as abdul:
        link = introduced(abdul.port)
        for frame in (NAME, NAME, ADMIT):
            link.conn.send_plain(frame)
        while not isinstance(link.conn.receive(soon()), Admit):
            pass
        for frame in (FIRST, plain(Roster(())), plain(Receipt(0)), NAME, FIRST, _say(number=2, previous=1)):
            link.conn.send_plain(frame)
        equal(link.conn.receive(soon()), Receipt(2))
        equal(abdul.listener.news("said")["text"], "hello")
        equal(link.ends_after(body(Kind.CLOSE, b"\1" + bytes(4))), None)


@contextmanager
def _dialled(abdul: RunningNode, listener: socket.socket) -> Iterator[RawResponder]:
    """The connection of a node that is told to dial us; it must say that it has not reached anybody."""
    address = f"127.0.0.1:{port_of(listener)}"
    equal(abdul.control.ask("connect", address=address)["answer"], "done")
    yield RawResponder(listener)
    abdul.listener.news("not_reached", address=address)


@check
def p2pm_refuses_whom_it_dials() -> None:
    share = cpace.Secret.fresh(cpace.Session(SECRET, bytes(40), bytes(40))).share
    with RunningNode(PASSWORD, "abdul") as abdul, listening() as listener:
        for case in cases.answering_hello_cases(Service.LINK, share):
            with _dialled(abdul, listener) as us:
                equal(us.peer_hello.share, CIRCLE.marker(us.peer_hello.random), "the marker")
                us.conn.send_wire(case.frame)
                equal(verdict(us.conn), (case.code, case.value, False), case.name)
        for name, frame in cases.silent_first_answers(Service.LINK):
            with _dialled(abdul, listener) as us:
                us.conn.send_wire(frame)
                equal(verdict(us.conn), None, name)
        for name, maker in cases.welcome_cases():
            with _dialled(abdul, listener) as us:
                us.greet(SECRET)
                us.conn.send_wire(maker(us))
                equal(verdict(us.conn), None, name)
        for name, label in [("its own side's", INITIATOR), ("of no side", b"introduces")]:
            with _dialled(abdul, listener) as us:
                conn, identity = us.open(), Identity(os.urandom(32))
                proof = identity.prove(us.keys.exported(label))
                conn.send(Introduce(identity.key, 0, 100, 1, proof))
                equal(verdict(conn), (CloseCode.FAULT, Fault.PROOF, True), name)
        equal(abdul.control.ask("who")["people"], [], "nobody was introduced")


@check
def p2pm_links_with_nobody_who_has_its_own_key() -> None:
    """Its own introduction, brought back to it on another connection, proves nothing there."""
    with RunningNode(PASSWORD, "abdul") as abdul:
        first = RawLink(abdul.port)
        theirs = first.conn.receive(soon())
        assert isinstance(theirs, Introduce), theirs
        for link in (first, RawLink(abdul.port)):
            link.conn.send(theirs)
            equal(verdict(link.conn), (CloseCode.FAULT, Fault.PROOF, True))
