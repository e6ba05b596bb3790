"""Letters, and the messages by which they come and go: section 5, kinds 0x3b to 0x3f, and section 16.10."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from peer.faults import Fault, ProtocolFault
from peer.fields import Reader, Scope
from peer.identity import KEY_LEN, Identity, is_proof
from peer.kinds import Kind
from peer.limits import SIGNATURE_LEN


class Fate(IntEnum):
    HELD = 0
    DELIVERED = 1
    NOT_HELD = 2


@dataclass(frozen=True)
class Letter:
    """What is held, without the author and the addressee."""

    run: int
    scope: Scope
    number: int
    previous: int
    given_up: bool
    text: str

    def encode(self) -> bytes:
        head = self.run.to_bytes(4, "big") + bytes([self.scope]) + self.number.to_bytes(4, "big")
        return head + self.previous.to_bytes(4, "big") + bytes([self.given_up]) + self.text.encode("utf-8")

    @classmethod
    def read(cls, reader: Reader) -> Self:
        run, scope, number = reader.number(4), Scope(reader.one_of(*Scope)), reader.number(4)
        letter = cls(run, scope, number, reader.number(4), reader.flag(), reader.text())
        if letter.previous >= letter.number or (letter.given_up and letter.previous == 0):
            raise ProtocolFault(Fault.VALUE)
        return letter

    def signed_input(self, addressee: bytes) -> bytes:
        """What is hashed for the author's signature."""
        return b"p2pm 1 letter" + addressee + self.encode()

    def sign(self, author: Identity, addressee: bytes) -> bytes:
        return _sign(author, self.signed_input(addressee))

    def is_signed(self, signature: bytes, author: bytes, addressee: bytes) -> bool:
        return _is_signed(signature, author, self.signed_input(addressee))


def receipt_input(author: bytes, run: int, number: int) -> bytes:
    """What is hashed for the addressee's signature."""
    return b"p2pm 1 receipt" + author + run.to_bytes(4, "big") + number.to_bytes(4, "big")


def sign_receipt(addressee: Identity, author: bytes, run: int, number: int) -> bytes:
    return _sign(addressee, receipt_input(author, run, number))


def is_receipt(signature: bytes, addressee: bytes, author: bytes, run: int, number: int) -> bool:
    return _is_signed(signature, addressee, receipt_input(author, run, number))


def _sign(identity: Identity, signed: bytes) -> bytes:
    return identity.prove(hashlib.sha512(signed).digest())


def _is_signed(signature: bytes, key: bytes, signed: bytes) -> bool:
    return is_proof(signature, key, hashlib.sha512(signed).digest())


@dataclass(frozen=True)
class Keeps:
    kind: ClassVar[Kind] = Kind.KEEPS

    def encode(self) -> bytes:
        return b""

    @classmethod
    def read(cls, _reader: Reader) -> Self:
        return cls()


@dataclass(frozen=True)
class _Carried:
    """`key` is that of the one at the other end of the letter's way: of the addressee in Entrust, of the author in Pass."""

    key: bytes
    signature: bytes
    letter: Letter

    def encode(self) -> bytes:
        return self.key + self.signature + self.letter.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.take(KEY_LEN), reader.take(SIGNATURE_LEN), Letter.read(reader))


@dataclass(frozen=True)
class Entrust(_Carried):
    kind: ClassVar[Kind] = Kind.ENTRUST


@dataclass(frozen=True)
class Pass(_Carried):
    kind: ClassVar[Kind] = Kind.PASS


@dataclass(frozen=True)
class Kept:
    """`signature` is there if it was delivered."""

    kind: ClassVar[Kind] = Kind.KEPT
    key: bytes
    number: int
    fate: Fate
    signature: bytes = b""

    def encode(self) -> bytes:
        return self.key + self.number.to_bytes(4, "big") + bytes([self.fate]) + self.signature

    @classmethod
    def read(cls, reader: Reader) -> Self:
        key, number, fate = reader.take(KEY_LEN), reader.number(4), Fate(reader.one_of(*Fate))
        return cls(key, number, fate, reader.take(SIGNATURE_LEN) if fate is Fate.DELIVERED else b"")


@dataclass(frozen=True)
class Took:
    """`signature` is empty if the text is not taken."""

    kind: ClassVar[Kind] = Kind.TOOK
    signature: bytes = b""

    def encode(self) -> bytes:
        return bytes([0 if self.signature else 1]) + self.signature

    @classmethod
    def read(cls, reader: Reader) -> Self:
        return cls(reader.take(SIGNATURE_LEN) if reader.one_of(0, 1) == 0 else b"")
