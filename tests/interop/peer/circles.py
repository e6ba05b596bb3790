"""Circles: the passphrase, and how a Hello says which one it is for. Sections 16.1 and 16.2."""

import hashlib
from dataclasses import dataclass

MARKER_LEN = 8


@dataclass(frozen=True)
class Circle:
    """`number` is that of a code; None for a passphrase of somebody's own."""

    password: bytes
    number: int | None = None

    @classmethod
    def of_code(cls, code: str) -> "Circle":
        """The circle of a code as it is shown: lower case, with hyphens."""
        return cls(code.encode("utf-8"), int(code.split("-")[0]))

    def marker_input(self, random: bytes) -> bytes:
        number = b"" if self.number is None else self.number.to_bytes(4, "big")
        return b"p2pm 1 circle" + random + number

    def marker(self, random: bytes) -> bytes:
        return hashlib.sha512(self.marker_input(random)).digest()[:MARKER_LEN]
