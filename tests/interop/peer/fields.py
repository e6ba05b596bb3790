"""The fields of section 4: reading them from a body, and writing them."""

import ipaddress
from dataclasses import dataclass

from peer.faults import Fault, ProtocolFault
from peer.limits import NAME_MAX

_HIDDEN: tuple[tuple[int, int], ...] = (
    (0x00, 0x1F), (0x7F, 0x9F),
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)


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
    if any(low <= ord(char) <= high for char in name for low, high in _HIDDEN):
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


def encode_name(name: str) -> bytes:
    raw = name.encode("utf-8")
    check_name(raw)
    return bytes([len(raw)]) + raw


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

    def user(self) -> User:
        return User(self.name(), self.endpoint())

    def change(self) -> Change:
        if self.one_of(1, 2) == 1:
            return Change(self.name(), self.endpoint())
        return Change(self.name(), None)
