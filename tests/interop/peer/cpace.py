"""How two who share a password agree on keys: the first half of section 6.2, in its names."""

import hashlib
import hmac
import os
from dataclasses import dataclass

import rbcl
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from peer.faults import Fault, ProtocolFault
from peer.limits import HELLO_LEN, PASSWORD_MAX, RANDOM_LEN

SHARE_LEN = 32
CONFIRMATION_LEN = 64
SECRET_LEN = 64
STREAM_LEN = 44
EXPORTED_LEN = 32
_SALT = b"p2pm 1 sealed"
_EXPORTER_SALT = b"p2pm 1 exporter"


def lv(data: bytes) -> bytes:
    """`data` behind its length in LEB128."""
    length, prefix = len(data), bytearray()
    while True:
        low, length = length & 0x7F, length >> 7
        prefix.append(low | (0x80 if length else 0))
        if not length:
            return bytes(prefix) + data


@dataclass(frozen=True)
class Session:
    """What both sides must agree on before a share is made: P, Ha, Hb."""

    password: bytes
    hello_a: bytes
    hello_b: bytes

    def __post_init__(self) -> None:
        if not 1 <= len(self.password) <= PASSWORD_MAX:
            raise ValueError("a password has 1 to 128 bytes")
        if len(self.hello_a) != HELLO_LEN or len(self.hello_b) != HELLO_LEN:
            raise ValueError("of each Hello the first 40 bytes count")

    @property
    def sid(self) -> bytes:
        return self.hello_a[-RANDOM_LEN:] + self.hello_b[-RANDOM_LEN:]

    @property
    def channel(self) -> bytes:
        """CI."""
        return b"P2PM" + self.hello_a[:-RANDOM_LEN]

    def generator_input(self) -> bytes:
        zeros = bytes(max(0, 109 - len(lv(self.password))))
        parts = (b"CPaceRistretto255", self.password, zeros, self.channel, self.sid)
        return b"".join(map(lv, parts))

    def generator(self) -> bytes:
        """g."""
        digest = hashlib.sha512(self.generator_input()).digest()
        return rbcl.crypto_core_ristretto255_from_hash(digest)


class Secret:
    """ya or yb, and the share that is made of it."""

    def __init__(self, session: Session, random: bytes) -> None:
        if len(random) != SECRET_LEN:
            raise ValueError("a secret number is made of 64 bytes")
        self.number: bytes = rbcl.crypto_core_ristretto255_scalar_reduce(random)
        self.share: bytes = rbcl.crypto_scalarmult_ristretto255(self.number, session.generator())

    @classmethod
    def fresh(cls, session: Session) -> "Secret":
        return cls(session, os.urandom(SECRET_LEN))

    def times(self, peer_share: bytes) -> bytes:
        """K, or the fault Proof: no point, or a product that is the neutral element."""
        if not rbcl.crypto_core_ristretto255_is_valid_point(peer_share):
            raise ProtocolFault(Fault.PROOF)
        try:
            return rbcl.crypto_scalarmult_ristretto255(self.number, peer_share)
        except RuntimeError:
            raise ProtocolFault(Fault.PROOF) from None


@dataclass(frozen=True)
class Agreement:
    """What comes of K and the two shares."""

    session: Session
    product: bytes
    share_a: bytes
    share_b: bytes

    def key_input(self) -> bytes:
        said = self.session
        parts = (b"CPaceRistretto255_ISK", said.sid, self.product,
                 self.share_a, said.hello_a, self.share_b, said.hello_b)
        return b"".join(map(lv, parts))

    def key(self) -> bytes:
        """ISK."""
        return hashlib.sha512(self.key_input()).digest()

    def extracted(self) -> bytes:
        """PRK."""
        return hmac.digest(_SALT, self.key(), "sha512")

    def transcript(self) -> bytes:
        """T."""
        return self.session.hello_a + self.session.hello_b + self.share_b + self.share_a

    def keys(self) -> "Keys":
        extracted, transcript = self.extracted(), self.transcript()
        return Keys(
            confirm_a=_expand(extracted, b"initiator confirms" + transcript, CONFIRMATION_LEN),
            confirm_b=_expand(extracted, b"responder confirms" + transcript, CONFIRMATION_LEN),
            sends_a=_expand(extracted, b"initiator sends", STREAM_LEN),
            sends_b=_expand(extracted, b"responder sends", STREAM_LEN),
        )


@dataclass(frozen=True)
class Keys:
    """Ta, Tb, Sa and Sb."""

    confirm_a: bytes
    confirm_b: bytes
    sends_a: bytes
    sends_b: bytes

    def exporter_key(self) -> bytes:
        """XRK of section 6.3."""
        return hmac.digest(_EXPORTER_SALT, self.sends_a + self.sends_b, "sha512")

    def exported(self, label: bytes) -> bytes:
        return _expand(self.exporter_key(), label, EXPORTED_LEN)


def _expand(extracted: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA512(), length, info).derive(extracted)


def same(one: bytes, other: bytes) -> bool:
    """In constant time."""
    return hmac.compare_digest(one, other)
