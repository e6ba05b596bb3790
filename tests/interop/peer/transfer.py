"""The two ends of a transfer's connection: sections 18.3 and 18.5."""

import hashlib
import time

from peer.connection import Connection
from peer.faults import CloseCode, EndedByPeer, Fault
from peer.frames import body_max
from peer.handshake import Terms
from peer.limits import FRAME_LENGTHS, PIECE_LEN, SUITE_SEALED, SUITE_SEALED_AES, Service
from peer.messages import Message
from peer.stream import chain_hash
from peer.transfer_messages import Answer, Cipher, Data, Differs, End, Have, Offer, Proceed, Stored

MARKER_LEN = 8
_PATIENCE = 30.0


def marker_input(random: bytes, transfer: bytes) -> bytes:
    return b"p2pm 1 transfer" + random + transfer


def marker(random: bytes, transfer: bytes) -> bytes:
    return hashlib.sha512(marker_input(random, transfer)).digest()[:MARKER_LEN]


def terms(offer: Offer, answer: Answer) -> Terms:
    """Of the connection that an Answer has agreed on."""
    assert answer.frames is not None
    suite = SUITE_SEALED_AES if answer.cipher is Cipher.AES else SUITE_SEALED
    return Terms(
        Service.TRANSFER, offer.secret, lambda random: marker(random, offer.id), suite, FRAME_LENGTHS[answer.frames])


class _End:
    def __init__(self, conn: Connection, length: int) -> None:
        self.conn, self.length = conn, length
        """`length` is that of the stream, as it was offered."""

    def receive(self) -> Message:
        return self.conn.receive(time.monotonic() + _PATIENCE)

    def ends_with(self, code: CloseCode) -> None:
        """The other side must say this Close next."""
        try:
            message = self.receive()
        except EndedByPeer as end:
            if end.code is not code:
                raise
            return
        raise AssertionError(f"{message!r} instead of {code.name}")


class Receiving(_End):
    """The receiver, who has `stream` of earlier connections."""

    def __init__(self, conn: Connection, length: int, stream: bytes = b"") -> None:
        super().__init__(conn, length)
        self.stream = bytearray(stream)

    def begin(self) -> None:
        """Agrees with the sender on how much of `stream` counts."""
        claim = len(self.stream)
        while not self._agrees(claim):
            if claim == 0:
                raise self.conn.refuse(Fault.VALUE)
            claim = (claim - 1) // PIECE_LEN * PIECE_LEN
        del self.stream[claim:]

    def _agrees(self, claim: int) -> bool:
        self.conn.send(Have(claim, chain_hash(self.stream[:claim])))
        match self.receive():
            case Proceed():
                return True
            case Differs():
                return False
        raise self.conn.refuse(Fault.STATE)

    def take(self, until: int | None = None) -> bool:
        """Takes the stream until so many bytes of it are there, or its end. Whether it is whole."""
        while until is None or len(self.stream) < until:
            match self.receive():
                case Data(data):
                    if len(self.stream) + len(data) > self.length:
                        raise self.conn.refuse(Fault.LENGTH)
                    self.stream += data
                case End(length, hashed):
                    if (length, hashed) != (self.length, chain_hash(self.stream)) or length != len(self.stream):
                        raise self.conn.refuse(Fault.VALUE)
                    return True
                case _:
                    raise self.conn.refuse(Fault.STATE)
        return False

    def store(self) -> None:
        self.conn.send(Stored())
        self.ends_with(CloseCode.GOODBYE)

    def take_all(self) -> bytes:
        self.begin()
        self.take()
        self.store()
        return bytes(self.stream)


class Sending(_End):
    """The sender of `stream`."""

    def __init__(self, conn: Connection, stream: bytes) -> None:
        super().__init__(conn, len(stream))
        self.stream = stream
        self.position = 0
        """Bytes of the stream that the receiver has, or that are on their way."""

    def begin(self) -> int:
        """Agrees with the receiver on where to go on, and returns how often it has said Have before."""
        last: int | None = None
        for times in range(len(self.stream) + 1):
            message = self.receive()
            if not isinstance(message, Have):
                raise self.conn.refuse(Fault.STATE)
            if message.length > self.length or (last is not None and message.length >= last):
                raise self.conn.refuse(Fault.VALUE)
            if message.length == 0 or message.hash == chain_hash(self.stream[: message.length]):
                self.conn.send(Proceed())
                self.position = message.length
                return times
            last = message.length
            self.conn.send(Differs())
        raise AssertionError("a Have for each byte")

    def send(self, until: int | None = None) -> None:
        """Sends the stream up to here."""
        end = self.length if until is None else until
        most = body_max(self.conn.frame_len)
        while self.position < end:
            part = self.stream[self.position : min(self.position + most, end)]
            self.conn.send(Data(part))
            self.position += len(part)

    def finish(self) -> None:
        self.conn.send(End(self.length, chain_hash(self.stream)))
        message = self.receive()
        if not isinstance(message, Stored):
            raise self.conn.refuse(Fault.STATE)
        self.conn.end(CloseCode.GOODBYE)

    def send_all(self) -> None:
        self.begin()
        self.send()
        self.finish()
