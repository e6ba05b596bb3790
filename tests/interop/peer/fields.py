"""The fields of section 4: reading them from a body, and writing them."""

import ipaddress
from dataclasses import dataclass
from enum import IntEnum

from peer.faults import Fault, ProtocolFault
from peer.limits import LABEL_MAX, MODE_MAX, NAME_MAX

_NOT_IN_NAMES: tuple[tuple[int, int], ...] = (
    # Controls.
    (0x00, 0x1F), (0x7F, 0x9F),
    # Format characters.
    (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2),
    (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F),
    # Separators of lines and paragraphs, spaces but U+0020.
    (0x2028, 0x2029), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F),
    (0x3000, 0x3000),
    # Private use.
    (0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD),
    # Noncharacters.
    (0xFDD0, 0xFDEF), *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
    # Ignored by default.
    (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
    # Without ink.
    (0x2800, 0x2800), (0xFFFC, 0xFFFC), (0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159),
)


_REFUSED = frozenset(chr(code) for low, high in _NOT_IN_NAMES for code in range(low, high + 1))


def check_name(raw: bytes) -> str:
    """The name in `raw`, or the fault Name."""
    if not 1 <= len(raw) <= NAME_MAX:
        raise ProtocolFault(Fault.NAME)
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolFault(Fault.NAME) from None
    if name.startswith(" ") or name.endswith(" "):
        raise ProtocolFault(Fault.NAME)
    if not _REFUSED.isdisjoint(name):
        raise ProtocolFault(Fault.NAME)
    return name


@dataclass(frozen=True)
class Endpoint:
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int

    def encode(self) -> bytes:
        return bytes([self.address.version]) + self.address.packed + self.port.to_bytes(2, "big")

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class User:
    name: str
    endpoint: Endpoint

    def encode(self) -> bytes:
        return encode_name(self.name) + self.endpoint.encode()


@dataclass(frozen=True)
class Change:
    """`endpoint` is there if the user joined, None if the user left."""

    name: str
    endpoint: Endpoint | None

    def encode(self) -> bytes:
        if self.endpoint is None:
            return b"\x02" + encode_name(self.name)
        return b"\x01" + encode_name(self.name) + self.endpoint.encode()


class Scope(IntEnum):
    """For whom a text is."""

    ONE = 1
    ALL = 2


def encode_name(name: str) -> bytes:
    raw = name.encode("utf-8")
    check_name(raw)
    return bytes([len(raw)]) + raw


def check_label(raw: bytes) -> str:
    """The label in `raw`, or the fault Name."""
    if not 1 <= len(raw) <= LABEL_MAX or raw in (b".", b"..") or b"\0" in raw or b"/" in raw:
        raise ProtocolFault(Fault.NAME)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolFault(Fault.NAME) from None


def encode_label(label: str) -> bytes:
    raw = label.encode("utf-8")
    check_label(raw)
    return bytes([len(raw)]) + raw


@dataclass(frozen=True)
class Attributes:
    """When a file was modified, in seconds since 1970, and its permission bits."""

    modified: int
    mode: int

    def encode(self) -> bytes:
        return self.modified.to_bytes(8, "big", signed=True) + self.mode.to_bytes(2, "big")


class Reader:
    """Takes one field after the other from a body (section 3.1, steps 7 and 8)."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._body):
            raise ProtocolFault(Fault.LENGTH)
        self._at += count
        return self._body[self._at - count : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def more(self) -> bool:
        return self._at < len(self._body)

    def rest(self) -> bytes:
        return self.take(len(self._body) - self._at)

    def end(self) -> None:
        if self.more():
            raise ProtocolFault(Fault.LENGTH)

    def one_of(self, *allowed: int) -> int:
        value = self.number(1)
        if value not in allowed:
            raise ProtocolFault(Fault.VALUE)
        return value

    def flag(self) -> bool:
        return self.one_of(0, 1) == 1

    def port(self) -> int:
        port = self.number(2)
        if port == 0:
            raise ProtocolFault(Fault.ENDPOINT)
        return port

    def name(self) -> str:
        return check_name(self.take(self.number(1)))

    def name_or_none(self) -> str | None:
        length = self.number(1)
        return check_name(self.take(length)) if length else None

    def endpoint(self) -> Endpoint:
        family = self.number(1)
        if family not in (4, 6):
            raise ProtocolFault(Fault.ENDPOINT)
        raw, port = self.take(4 if family == 4 else 16), self.number(2)
        address = ipaddress.ip_address(raw)
        if port == 0 or (address.version == 6 and address.ipv4_mapped is not None):
            raise ProtocolFault(Fault.ENDPOINT)
        return Endpoint(address, port)

    def text(self) -> str:
        try:
            return self.rest().decode("utf-8")
        except UnicodeDecodeError:
            raise ProtocolFault(Fault.TEXT) from None

    def user(self) -> User:
        return User(self.name(), self.endpoint())

    def change(self) -> Change:
        if self.one_of(1, 2) == 1:
            return Change(self.name(), self.endpoint())
        return Change(self.name(), None)

    def label(self) -> str:
        return check_label(self.take(self.number(1)))

    def attributes(self) -> Attributes:
        modified, mode = int.from_bytes(self.take(8), "big", signed=True), self.number(2)
        if mode > MODE_MAX:
            raise ProtocolFault(Fault.VALUE)
        return Attributes(modified, mode)
