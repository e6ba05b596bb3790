"""The messages of transfers: those that a link carries, and those of a connection of its own. Section 5."""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from peer.faults import Fault, ProtocolFault
from peer.fields import Attributes, Reader, encode_label
from peer.kinds import Kind
from peer.limits import FRAME_LENGTHS, PREVIEW_PIXELS_MAX

ID_LEN = 8
SECRET_LEN = 32
HASH_LEN = 32
_PIXEL_LEN = 2


class What(IntEnum):
    FILE = 1
    FOLDER = 2


class Verdict(IntEnum):
    TAKEN = 0
    NOT_WANTED = 1
    NO_SPACE = 2
    NOT_HERE = 3
    TOO_MANY = 4
    WHOLE = 5


class Cipher(IntEnum):
    CHACHA20 = 1
    AES = 2


@dataclass(frozen=True)
class Offer:
    kind: ClassVar[Kind] = Kind.OFFER
    id: bytes
    attempt: int
    secret: bytes
    aes: bool
    frames: int
    """The longest, by its number in `FRAME_LENGTHS`."""
    what: What
    length: int
    files: int
    attributes: Attributes
    label: str
    preview: bytes = b""

    def encode(self) -> bytes:
        head = self.id + self.attempt.to_bytes(4, "big") + self.secret + bytes([self.aes, self.frames, self.what])
        size = self.length.to_bytes(8, "big") + self.files.to_bytes(4, "big")
        return head + size + self.attributes.encode() + encode_label(self.label) + self.preview

    @property
    def terms(self) -> tuple[object, ...]:
        """What no later attempt changes."""
        return self.what, self.length, self.files, self.attributes, self.label, self.preview

    @classmethod
    def read(cls, reader: Reader) -> Self:
        transfer, attempt, secret = reader.take(ID_LEN), reader.number(4), reader.take(SECRET_LEN)
        aes, frames, what = reader.flag(), reader.one_of(*FRAME_LENGTHS), What(reader.one_of(*What))
        length, files = reader.number(8), reader.number(4)
        if what is What.FILE and files != 1:
            raise ProtocolFault(Fault.VALUE)
        attributes, label = reader.attributes(), reader.label()
        preview = reader.rest()
        _check_preview(preview)
        return cls(transfer, attempt, secret, aes, frames, what, length, files, attributes, label, preview)


def _check_preview(preview: bytes) -> None:
    if not preview:
        return
    width, pixels = preview[0], preview[1:]
    if len(pixels) % _PIXEL_LEN:
        raise ProtocolFault(Fault.LENGTH)
    count = len(pixels) // _PIXEL_LEN
    if not 1 <= count <= PREVIEW_PIXELS_MAX or width == 0 or count % width:
        raise ProtocolFault(Fault.VALUE)


@dataclass(frozen=True)
class Answer:
    """`cipher` and `frames` are there if it is taken."""

    kind: ClassVar[Kind] = Kind.ANSWER
    id: bytes
    attempt: int
    verdict: Verdict
    cipher: Cipher | None = None
    frames: int | None = None

    def encode(self) -> bytes:
        head = self.id + self.attempt.to_bytes(4, "big") + bytes([self.verdict])
        return head if self.cipher is None or self.frames is None else head + bytes([self.cipher, self.frames])

    @classmethod
    def read(cls, reader: Reader) -> Self:
        transfer, attempt, verdict = reader.take(ID_LEN), reader.number(4), Verdict(reader.one_of(*Verdict))
        if verdict is not Verdict.TAKEN:
            return cls(transfer, attempt, verdict)
        return cls(transfer, attempt, verdict, Cipher(reader.one_of(*Cipher)), reader.one_of(*FRAME_LENGTHS))


@dataclass(frozen=True)
class Withdraw:
    kind: ClassVar[Kind] = Kind.WITHDRAW
    id: bytes

    def encode(self) -> bytes:
        return self.id

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.take(ID_LEN))


@dataclass(frozen=True)
class Have:
    kind: ClassVar[Kind] = Kind.HAVE
    length: int
    hash: bytes

    def encode(self) -> bytes:
        return self.length.to_bytes(8, "big") + self.hash

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.number(8), reader.take(HASH_LEN))


@dataclass(frozen=True)
class End:
    kind: ClassVar[Kind] = Kind.END
    length: int
    hash: bytes

    def encode(self) -> bytes:
        return self.length.to_bytes(8, "big") + self.hash

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.number(8), reader.take(HASH_LEN))


@dataclass(frozen=True)
class Data:
    kind: ClassVar[Kind] = Kind.DATA
    data: bytes

    def encode(self) -> bytes:
        return self.data

    @classmethod
    def read(cls, reader: Reader) -> Self:
        if not reader.more():
            raise ProtocolFault(Fault.LENGTH)
        return cls(reader.rest())


@dataclass(frozen=True)
class _Empty:
    def encode(self) -> bytes:
        return b""

    @classmethod
    def read(cls, _reader: Reader) -> Self:
        return cls()


@dataclass(frozen=True)
class Proceed(_Empty):
    kind: ClassVar[Kind] = Kind.PROCEED


@dataclass(frozen=True)
class Differs(_Empty):
    kind: ClassVar[Kind] = Kind.DIFFERS


@dataclass(frozen=True)
class Stored(_Empty):
    kind: ClassVar[Kind] = Kind.STORED
