"""How sealed frames travel: the second half of section 6.2."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from peer.faults import Fault, ProtocolFault
from peer.limits import FRAMES_PER_KEY, SUITE_SEALED, SUITE_SEALED_AES, TRAILER_LEN

KEY_LEN = 32
VECTOR_LEN = 12
_REKEY_NUMBER = 2**64 - 1
_CIPHERS = {SUITE_SEALED: ChaCha20Poly1305, SUITE_SEALED_AES: AESGCM}


class _Direction:
    """The key, the initial vector and the count of one direction."""

    def __init__(self, secret: bytes, suite: int = SUITE_SEALED) -> None:
        if len(secret) != KEY_LEN + VECTOR_LEN:
            raise ValueError("a direction needs a key of 32 bytes and an initial vector of 12")
        self.key = secret[:KEY_LEN]
        self.count = 0
        self._kind = _CIPHERS[suite]
        self._cipher = self._kind(self.key)
        self._vector = int.from_bytes(secret[KEY_LEN:], "big")

    def _nonce(self, number: int) -> bytes:
        return (self._vector ^ number).to_bytes(VECTOR_LEN, "big")

    def _next(self) -> tuple[AESGCM | ChaCha20Poly1305, bytes]:
        if self.count and self.count % FRAMES_PER_KEY == 0:
            self.key = self._cipher.encrypt(self._nonce(_REKEY_NUMBER), bytes(KEY_LEN), None)[:KEY_LEN]
            self._cipher = self._kind(self.key)
        nonce = self._nonce(self.count)
        self.count += 1
        return self._cipher, nonce


class Sealer(_Direction):
    """What this side sends."""

    def seal(self, plain: bytes) -> bytes:
        cipher, nonce = self._next()
        return cipher.encrypt(nonce, plain[:-TRAILER_LEN], None)


class Opener(_Direction):
    """What the other side sends."""

    def open(self, sealed: bytes) -> bytes:
        cipher, nonce = self._next()
        try:
            return cipher.decrypt(nonce, sealed, None) + bytes(TRAILER_LEN)
        except InvalidTag:
            raise ProtocolFault(Fault.SEAL) from None
