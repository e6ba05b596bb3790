"""Plain frames: section 3, and steps 2 to 5 of section 3.1."""

from peer.faults import Fault, ProtocolFault
from peer.limits import FRAME_LEN, HEADER_LEN, TRAILER_LEN

MAGIC = b"P2PM"


def body_max(frame_len: int) -> int:
    return frame_len - HEADER_LEN - TRAILER_LEN


def build(kind: int, body: bytes, frame_len: int = FRAME_LEN) -> bytes:
    if len(body) > body_max(frame_len):
        raise ValueError("the body does not fit into a frame")
    header = MAGIC + bytes([kind, 0]) + len(body).to_bytes(2, "big")
    return (header + body).ljust(frame_len, b"\0")


def parse(frame: bytes) -> tuple[int, bytes]:
    """The kind and the body of a whole plain frame."""
    if frame[:4] != MAGIC:
        raise ProtocolFault(Fault.MAGIC)
    if frame[5] != 0:
        raise ProtocolFault(Fault.PADDING)
    length = int.from_bytes(frame[6:8], "big")
    if length > body_max(len(frame)):
        raise ProtocolFault(Fault.LENGTH)
    if any(frame[HEADER_LEN + length :]):
        raise ProtocolFault(Fault.PADDING)
    return frame[4], frame[HEADER_LEN : HEADER_LEN + length]
