"""Plain frames: section 3, and steps 2 to 5 of section 3.1."""

from peer.faults import Fault, ProtocolFault
from peer.limits import BODY_MAX, FRAME_LEN, HEADER_LEN

MAGIC = b"P2PM"


def build(kind: int, body: bytes) -> bytes:
    if len(body) > BODY_MAX:
        raise ValueError("the body does not fit into a frame")
    header = MAGIC + bytes([kind, 0]) + len(body).to_bytes(2, "big")
    return (header + body).ljust(FRAME_LEN, b"\0")


def parse(frame: bytes) -> tuple[int, bytes]:
    """The kind and the body of a plain frame of 1024 bytes."""
    if frame[:4] != MAGIC:
        raise ProtocolFault(Fault.MAGIC)
    if frame[5] != 0:
        raise ProtocolFault(Fault.PADDING)
    length = int.from_bytes(frame[6:8], "big")
    if length > BODY_MAX:
        raise ProtocolFault(Fault.LENGTH)
    if any(frame[HEADER_LEN + length :]):
        raise ProtocolFault(Fault.PADDING)
    return frame[4], frame[HEADER_LEN : HEADER_LEN + length]
