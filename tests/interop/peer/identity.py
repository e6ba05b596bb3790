"""Identities: how one is proved in a channel, and what people compare. Section 16.3."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_LEN = 32
PROOF_LEN = 64
INITIATOR, RESPONDER = b"initiator introduces", b"responder introduces"
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_WORDS = 7776
_P = 2**255 - 19


class Identity:
    """A key pair, made of a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._secret = Ed25519PrivateKey.from_private_bytes(seed)
        self.key: bytes = self._secret.public_key().public_bytes_raw()

    def prove(self, exported: bytes) -> bytes:
        return self._secret.sign(exported)


def is_proof(proof: bytes, key: bytes, exported: bytes) -> bool:
    if _has_small_order(key) or _has_small_order(proof[:KEY_LEN]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(proof, exported)
    except (InvalidSignature, ValueError):
        return False
    return True


def _has_small_order(point: bytes) -> bool:
    """Whether `point` encodes one of the eight points of small order, canonically or not.

    Those of order 1, 2 and 4 have y = 1, -1 and 0. Doubling one of order 8 gives y = 0, which is a multiple of x² + y².
    So x² = -y², and the curve's -x² + y² = 1 + d·x²·y² becomes 2·y² = 1 - d·y⁴.
    """
    y = (int.from_bytes(point, "little") & (2**255 - 1)) % _P
    d = -121665 * pow(121666, -1, _P) % _P
    is_eighth = (2 * y * y - (1 - d * pow(y, 4, _P))) % _P == 0
    return y in (0, 1, _P - 1) or is_eighth


def tag(key: bytes) -> str:
    bits = int.from_bytes(hashlib.sha512(b"p2pm 1 tag" + key).digest()[:8], "big") >> 4
    digits = "".join(_DIGITS[bits >> shift & 31] for shift in range(55, -1, -5))
    return "-".join(digits[at : at + 4] for at in (0, 4, 8))


def comparison_input(one: bytes, other: bytes) -> bytes:
    return b"p2pm 1 comparison" + min(one, other) + max(one, other)


def comparison(one: bytes, other: bytes) -> list[int]:
    rest = int.from_bytes(hashlib.sha512(comparison_input(one, other)).digest()[:16], "big")
    numbers = []
    for _ in range(6):
        rest, number = divmod(rest, _WORDS)
        numbers.append(number)
    return numbers
