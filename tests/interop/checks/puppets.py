"""Ends of a connection that can be made to do anything."""

import os
import socket

from checks.checking import SECRET, soon
from peer import cpace, frames
from peer.connection import Connection, connect
from peer.faults import EndedByPeer, Lost
from peer.handshake import Marker, no_marker
from peer.limits import HELLO_LEN, RANDOM_LEN, Service
from peer.messages import Credentials, Hello, Message, Welcome
from peer.sealing import Opener, Sealer

Verdict = tuple[int, int, bool] | None
"""Code and value of the Close that came, and if it was sealed; None for an end without a Close."""


def plain(message: Message) -> bytes:
    return frames.build(message.kind, message.encode())


def tampered(frame: bytes, at: int, value: int) -> bytes:
    return frame[:at] + bytes([value]) + frame[at + 1 :]


def verdict(conn: Connection) -> Verdict:
    """How the peer ends the conversation; messages before that are skipped."""
    deadline = soon()
    try:
        while conn.receive_or_none(deadline) is not None:
            pass
    except EndedByPeer as end:
        return int(end.code), end.value, end.sealed
    except Lost:
        return None
    conn.drop()
    raise AssertionError("the peer goes on")


class RawInitiator:
    """Has both Hellos, and what it needs for its Credentials."""

    def __init__(self, port: int, service: Service, password: bytes = SECRET,
                 source: str | None = None, marker: Marker = no_marker) -> None:
        self.conn, self.service = connect(port, source), service
        random = os.urandom(RANDOM_LEN)
        ours = Hello(service, random, marker(random))
        self.conn.send(ours)
        self.hello = ours.encode()
        theirs = self.conn.receive(soon())
        assert isinstance(theirs, Hello), theirs
        session = cpace.Session(password, self.hello[:HELLO_LEN], theirs.encode()[:HELLO_LEN])
        secret = cpace.Secret.fresh(session)
        product = secret.times(theirs.share)
        self.keys = cpace.Agreement(session, product, secret.share, theirs.share).keys()
        self.credentials = secret.share + self.keys.confirm_a

    def prove(self, credentials: bytes | None = None) -> None:
        """Sends the Credentials that are right for its password, or others."""
        self.conn.send(Credentials(self.credentials if credentials is None else credentials))

    def open(self) -> Connection:
        """Takes the Welcome."""
        welcome = self.conn.receive(soon())
        assert isinstance(welcome, Welcome) and welcome.data == self.keys.confirm_b, welcome
        self.conn.seal_from_here(Sealer(self.keys.sends_a), Opener(self.keys.sends_b), self.service)
        return self.conn


class RawResponder:
    """Has the initiator's Hello; the rest is said step by step."""

    def __init__(self, listener: socket.socket) -> None:
        self.conn = Connection(listener.accept()[0])
        theirs = self.conn.receive(soon())
        assert isinstance(theirs, Hello), theirs
        self.peer_hello = theirs

    def greet(self, password: bytes) -> None:
        """Says Hello, takes the Credentials, and knows the keys if the password is right."""
        ours = Hello(self.peer_hello.service, os.urandom(RANDOM_LEN))
        session = cpace.Session(password, self.peer_hello.encode()[:HELLO_LEN], ours.encode()[:HELLO_LEN])
        secret = cpace.Secret.fresh(session)
        self.conn.send(Hello(ours.service, ours.random, secret.share))
        credentials = self.conn.receive(soon())
        assert isinstance(credentials, Credentials), credentials
        peer_share = credentials.data[: cpace.SHARE_LEN]
        self.peer_confirmation = credentials.data[cpace.SHARE_LEN :]
        self.keys = cpace.Agreement(session, secret.times(peer_share), peer_share, secret.share).keys()
        self.knows_password = cpace.same(self.peer_confirmation, self.keys.confirm_a)

    def open(self, password: bytes = SECRET) -> Connection:
        self.greet(password)
        self.conn.send(Welcome(self.keys.confirm_b))
        self.conn.seal_from_here(Sealer(self.keys.sends_b), Opener(self.keys.sends_a), self.peer_hello.service)
        return self.conn
