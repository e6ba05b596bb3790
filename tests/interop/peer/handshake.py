"""The handshake of section 7 in the sealed suite, for either side."""

import os
from dataclasses import dataclass
from typing import Callable, TypeVar

from peer import cpace
from peer.connection import Connection
from peer.faults import CloseCode, EndedByUs, Fault, ProtocolFault
from peer.guesses import GuessBook
from peer.limits import FRAME_LEN, HELLO_LEN, RANDOM_LEN, SUITE_SEALED, VERSION, Service
from peer.messages import Credentials, Hello, Welcome
from peer.sealing import Opener, Sealer

Wanted = TypeVar("Wanted", Hello, Credentials, Welcome)
Marker = Callable[[bytes], bytes]
"""What a Hello with these random bytes carries ahead of the suite's share."""


def no_marker(_: bytes) -> bytes:
    return b""


@dataclass(frozen=True)
class Terms:
    """What a connection is for, what proves that the other side may have it, and how it travels once it is OPEN."""

    service: Service
    password: bytes
    marker: Marker = no_marker
    suite: int = SUITE_SEALED
    frame_len: int = FRAME_LEN

    def hello(self, random: bytes, share: bytes = b"") -> Hello:
        return Hello(self.service, random, share, suite=self.suite, frame_length=self.frame_len)

    def open(self, conn: Connection, sends: bytes, receives: bytes) -> None:
        sealer, opener = Sealer(sends, self.suite), Opener(receives, self.suite)
        conn.seal_from_here(sealer, opener, self.service, self.frame_len)


def _mismatch(theirs: Hello, ours: Hello, share_len: int, marker: Marker) -> tuple[CloseCode, int] | None:
    """Section 7.1."""
    if theirs.version != VERSION:
        return CloseCode.VERSION_MISMATCH, 0
    if theirs.suite != ours.suite:
        return CloseCode.SUITE_MISMATCH, 0
    if theirs.service != ours.service:
        return CloseCode.SERVICE_MISMATCH, 0
    if theirs.frame_length != ours.frame_length:
        return CloseCode.FRAME_LENGTH_MISMATCH, 0
    expected = marker(theirs.random)
    if len(theirs.share) < len(expected):
        return CloseCode.FAULT, Fault.LENGTH
    if theirs.share[: len(expected)] != expected:
        other = CloseCode.SERVICE_MISMATCH if ours.service == Service.TRANSFER else CloseCode.OTHER_CIRCLE
        return other, 0
    if len(theirs.share) != len(expected) + share_len:
        return CloseCode.FAULT, Fault.LENGTH
    return None


def _refuse_mismatch(
    conn: Connection, theirs: Hello, ours: Hello, share_len: int, marker: Marker = no_marker
) -> None:
    reason = _mismatch(theirs, ours, share_len, marker)
    if reason is not None:
        conn.end(*reason)
        raise EndedByUs(*reason)


def _expect(conn: Connection, wanted: type[Wanted]) -> Wanted:
    message = conn.receive(conn.handshake_deadline)
    if not isinstance(message, wanted):
        raise conn.refuse(Fault.STATE)
    return message


def initiate(conn: Connection, terms: Terms) -> cpace.Keys:
    """Makes `conn` OPEN, or raises why not."""
    conn.may_send_close = False
    random = os.urandom(RANDOM_LEN)
    ours = terms.hello(random, terms.marker(random))
    conn.send(ours)
    theirs = _expect(conn, Hello)
    conn.may_send_close = True
    _refuse_mismatch(conn, theirs, ours, cpace.SHARE_LEN)

    session = cpace.Session(terms.password, ours.encode()[:HELLO_LEN], theirs.encode()[:HELLO_LEN])
    secret = cpace.Secret.fresh(session)
    try:
        product = secret.times(theirs.share)
    except ProtocolFault as problem:
        raise conn.refuse(problem.fault) from None
    keys = cpace.Agreement(session, product, secret.share, theirs.share).keys()
    conn.send(Credentials(secret.share + keys.confirm_a))
    conn.may_send_close = False

    welcome = _expect(conn, Welcome)
    if len(welcome.data) != cpace.CONFIRMATION_LEN:
        raise conn.refuse(Fault.LENGTH)
    if not cpace.same(welcome.data, keys.confirm_b):
        raise conn.refuse(Fault.PROOF)
    conn.may_send_close = True
    terms.open(conn, keys.sends_a, keys.sends_b)
    return keys


def respond(conn: Connection, terms: Terms, book: GuessBook) -> cpace.Keys:
    """Makes `conn` OPEN, or raises why not."""
    theirs = _expect(conn, Hello)
    ours = terms.hello(os.urandom(RANDOM_LEN))
    _refuse_mismatch(conn, theirs, ours, 0, terms.marker)
    wait = book.wait(conn.peer_address())
    if wait:
        conn.end(CloseCode.TOO_MANY_GUESSES, wait)
        raise EndedByUs(CloseCode.TOO_MANY_GUESSES, wait)

    session = cpace.Session(terms.password, theirs.encode()[:HELLO_LEN], ours.encode()[:HELLO_LEN])
    secret = cpace.Secret.fresh(session)
    conn.send(terms.hello(ours.random, secret.share))

    credentials = _expect(conn, Credentials).data
    keys: cpace.Keys | None = None

    def is_right() -> bool:
        nonlocal keys
        if len(credentials) != cpace.SHARE_LEN + cpace.CONFIRMATION_LEN:
            raise ProtocolFault(Fault.LENGTH)
        share, confirmation = credentials[: cpace.SHARE_LEN], credentials[cpace.SHARE_LEN :]
        product = secret.times(share)
        keys = cpace.Agreement(session, product, share, secret.share).keys()
        return cpace.same(confirmation, keys.confirm_a)

    try:
        right, wait = book.check(conn.peer_address(), is_right)
    except ProtocolFault as problem:
        raise conn.refuse(problem.fault) from None
    if not right:
        code = CloseCode.TOO_MANY_GUESSES if wait else CloseCode.WRONG_PASSWORD
        conn.end(code, wait)
        raise EndedByUs(code, wait)
    assert keys is not None
    conn.send(Welcome(keys.confirm_b))
    terms.open(conn, keys.sends_b, keys.sends_a)
    return keys
