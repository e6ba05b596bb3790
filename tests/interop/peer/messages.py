"""The messages of section 5: one class for each kind, and the way to and from a body."""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self, Union, get_args

from peer.faults import CloseCode, Fault, ProtocolFault
from peer.fields import Change, Endpoint, Reader, Scope, User, encode_name
from peer.identity import KEY_LEN, PROOF_LEN
from peer.keeper_messages import Entrust, Keeps, Kept, Pass, Took
from peer.kinds import Kind
from peer.limits import FRAME_LEN, LINK_TEXT_MAX, RANDOM_LEN, SUITE_SEALED, VERSION, Service
from peer.transfer_messages import Answer, Data, Differs, End, Have, Offer, Proceed, Stored, Withdraw


class Turns(IntEnum):
    LINEAR = 1
    FREE = 2


class RefusedReason(IntEnum):
    NAME_TAKEN = 1
    FULL = 2


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


@dataclass(frozen=True)
class Hello:
    kind: ClassVar[Kind] = Kind.HELLO
    service: int
    random: bytes
    share: bytes = b""
    version: int = VERSION
    suite: int = SUITE_SEALED
    frame_length: int = FRAME_LEN

    def encode(self) -> bytes:
        head = bytes([self.version, self.suite, self.service, 0]) + _u32(self.frame_length)
        return head + self.random + self.share

    @classmethod
    def read(cls, reader: Reader) -> Self:
        version, suite, service = reader.number(1), reader.number(1), reader.number(1)
        if reader.number(1) != 0:
            raise ProtocolFault(Fault.PADDING)
        frame_length, random = reader.number(4), reader.take(RANDOM_LEN)
        return cls(service, random, reader.rest(), version, suite, frame_length)


@dataclass(frozen=True)
class Credentials:
    kind: ClassVar[Kind] = Kind.CREDENTIALS
    data: bytes

    def encode(self) -> bytes:
        return self.data

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.rest())


@dataclass(frozen=True)
class Welcome:
    kind: ClassVar[Kind] = Kind.WELCOME
    data: bytes

    def encode(self) -> bytes:
        return self.data

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.rest())


@dataclass(frozen=True)
class Close:
    kind: ClassVar[Kind] = Kind.CLOSE
    code: CloseCode
    value: int = 0

    def encode(self) -> bytes:
        return bytes([self.code]) + _u32(self.value)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        code = CloseCode(reader.one_of(*CloseCode))
        value = reader.number(4)
        if code is CloseCode.FAULT:
            known = value in list(Fault)
        else:
            known = value == 0 or code is CloseCode.TOO_MANY_GUESSES
        if not known:
            raise ProtocolFault(Fault.VALUE)
        return cls(code, value)


@dataclass(frozen=True)
class KeepAlive:
    kind: ClassVar[Kind] = Kind.KEEP_ALIVE

    def encode(self) -> bytes:
        return b""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls()


@dataclass(frozen=True)
class Join:
    kind: ClassVar[Kind] = Kind.JOIN
    port: int
    name: str

    def encode(self) -> bytes:
        return self.port.to_bytes(2, "big") + encode_name(self.name)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.port(), reader.name())


@dataclass(frozen=True)
class Joined:
    kind: ClassVar[Kind] = Kind.JOINED
    online: int
    endpoint: Endpoint

    def encode(self) -> bytes:
        return _u32(self.online) + self.endpoint.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.number(4), reader.endpoint())


@dataclass(frozen=True)
class JoinRefused:
    kind: ClassVar[Kind] = Kind.JOIN_REFUSED
    reason: RefusedReason

    def encode(self) -> bytes:
        return bytes([self.reason])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(RefusedReason(reader.one_of(*RefusedReason)))


@dataclass(frozen=True)
class List:
    kind: ClassVar[Kind] = Kind.LIST

    def encode(self) -> bytes:
        return b""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls()


@dataclass(frozen=True)
class ListPage:
    kind: ClassVar[Kind] = Kind.LIST_PAGE
    last: bool
    online: int
    users: tuple[User, ...]

    def encode(self) -> bytes:
        return bytes([self.last]) + _u32(self.online) + b"".join(u.encode() for u in self.users)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        last, online = reader.flag(), reader.number(4)
        users = []
        while reader.more():
            users.append(reader.user())
        return cls(last, online, tuple(users))


@dataclass(frozen=True)
class Subscribe:
    kind: ClassVar[Kind] = Kind.SUBSCRIBE
    on: bool

    def encode(self) -> bytes:
        return bytes([self.on])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.flag())


@dataclass(frozen=True)
class Presence:
    kind: ClassVar[Kind] = Kind.PRESENCE
    online: int
    missed: int
    changes: tuple[Change, ...]

    def encode(self) -> bytes:
        head = _u32(self.online) + _u32(self.missed)
        return head + b"".join(change.encode() for change in self.changes)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        online, missed = reader.number(4), reader.number(4)
        changes = []
        while reader.more():
            changes.append(reader.change())
        return cls(online, missed, tuple(changes))


@dataclass(frozen=True)
class Call:
    kind: ClassVar[Kind] = Kind.CALL
    turns: Turns
    name: str | None

    def encode(self) -> bytes:
        return bytes([self.turns]) + (encode_name(self.name) if self.name else b"\0")

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(Turns(reader.one_of(*Turns)), reader.name_or_none())


@dataclass(frozen=True)
class CallAccepted:
    kind: ClassVar[Kind] = Kind.CALL_ACCEPTED
    turns: Turns

    def encode(self) -> bytes:
        return bytes([self.turns])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(Turns(reader.one_of(*Turns)))


@dataclass(frozen=True)
class Text:
    kind: ClassVar[Kind] = Kind.TEXT
    text: str

    def encode(self) -> bytes:
        return self.text.encode("utf-8")

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.text())


@dataclass(frozen=True)
class Introduce:
    kind: ClassVar[Kind] = Kind.INTRODUCE
    key: bytes
    port: int
    text_max: int
    run: int
    proof: bytes

    def encode(self) -> bytes:
        return self.key + _u16(self.port) + _u16(self.text_max) + _u32(self.run) + self.proof

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.take(KEY_LEN), reader.number(2), reader.number(2), reader.number(4), reader.take(PROOF_LEN))


@dataclass(frozen=True)
class Name:
    kind: ClassVar[Kind] = Kind.NAME
    name: str

    def encode(self) -> bytes:
        return encode_name(self.name)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.name())


@dataclass(frozen=True)
class Admit:
    kind: ClassVar[Kind] = Kind.ADMIT
    heard: int

    def encode(self) -> bytes:
        return _u32(self.heard)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.number(4))


@dataclass(frozen=True)
class Say:
    kind: ClassVar[Kind] = Kind.SAY
    scope: Scope
    number: int
    previous: int
    total: int
    offset: int
    part: str

    def encode(self) -> bytes:
        head = bytes([self.scope]) + _u32(self.number) + _u32(self.previous)
        return head + _u16(self.total) + _u16(self.offset) + self.part.encode("utf-8")

    @property
    def end(self) -> int:
        return self.offset + len(self.part.encode("utf-8"))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        scope = Scope(reader.one_of(*Scope))
        say = cls(scope, reader.number(4), reader.number(4), reader.number(2), reader.number(2), reader.text())
        is_sound = (
            say.total <= LINK_TEXT_MAX and say.end <= say.total and say.previous < say.number
            and (say.part or say.total == 0)
        )
        if not is_sound:
            raise ProtocolFault(Fault.VALUE)
        return say


@dataclass(frozen=True)
class Receipt:
    kind: ClassVar[Kind] = Kind.RECEIPT
    number: int

    def encode(self) -> bytes:
        return _u32(self.number)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.number(4))


@dataclass(frozen=True)
class Roster:
    kind: ClassVar[Kind] = Kind.ROSTER
    neighbours: tuple[tuple[bytes, Endpoint], ...]

    def encode(self) -> bytes:
        return b"".join(key + endpoint.encode() for key, endpoint in self.neighbours)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        neighbours = []
        while reader.more():
            neighbours.append((reader.take(KEY_LEN), reader.endpoint()))
        return cls(tuple(neighbours))


@dataclass(frozen=True)
class AskReception:
    kind: ClassVar[Kind] = Kind.ASK_RECEPTION

    def encode(self) -> bytes:
        return b""

    @classmethod
    def read(cls, _reader: Reader) -> Self:
        return cls()


@dataclass(frozen=True)
class Reception:
    kind: ClassVar[Kind] = Kind.RECEPTION
    bits: int = 0
    """1 looks for others; then 2 hears announcements to a group, 4 those that are broadcast, 8 answers."""

    def encode(self) -> bytes:
        return bytes([self.bits])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.one_of(0, *range(1, 16, 2)))


_OF_A_LINK = (
    Introduce, Name, Admit, Say, Receipt, Roster, AskReception, Reception, Offer, Answer, Withdraw,
    Keeps, Entrust, Kept, Pass, Took)
_OF_A_TRANSFER = (Have, Proceed, Differs, Data, End, Stored)

Message = Union[
    Hello, Credentials, Welcome, Close, KeepAlive, Join, Joined, JoinRefused, List, ListPage,
    Subscribe, Presence, Call, CallAccepted, Text, *_OF_A_LINK, *_OF_A_TRANSFER,
]

_CLASSES: dict[int, type[Message]] = {cls.kind: cls for cls in get_args(Message)}


def decode(kind: int, body: bytes, service: int | None) -> Message:
    """Steps 6 to 8 of section 3.1. `service` is that of a connection that is OPEN, None before."""
    if kind not in _CLASSES:
        raise ProtocolFault(Fault.KIND)
    for messages, where in ((_OF_A_LINK, Service.LINK), (_OF_A_TRANSFER, Service.TRANSFER)):
        if _CLASSES[kind] in messages and service != where:
            raise ProtocolFault(Fault.STATE)
    reader = Reader(body)
    message = _CLASSES[kind].read(reader)
    reader.end()
    return message
