"""Why a conversation ends: fault codes, Close codes, and the exceptions that carry them."""

from enum import IntEnum


class Fault(IntEnum):
    MAGIC = 1
    KIND = 2
    LENGTH = 3
    PADDING = 4
    NAME = 5
    ENDPOINT = 6
    TEXT = 7
    VALUE = 8
    STATE = 9
    TURN = 10
    SEAL = 11
    PROOF = 12


class CloseCode(IntEnum):
    GOODBYE = 1
    WRONG_PASSWORD = 2
    TOO_MANY_GUESSES = 3
    VERSION_MISMATCH = 4
    SUITE_MISMATCH = 5
    SERVICE_MISMATCH = 6
    FRAME_LENGTH_MISMATCH = 7
    BUSY = 8
    REFUSED = 9
    FULL = 10
    FAULT = 11
    TIMED_OUT = 12
    OTHER_CIRCLE = 13
    DUPLICATE = 14
    CHANGED = 15
    FAILED = 16
    NO_SPACE = 17
    PAUSED = 18
    CANCELLED = 19


class ProtocolFault(Exception):
    """What was received breaks a rule. The connection answers it and raises EndedByUs."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class Ended(Exception):
    """The conversation is over."""


class EndedByPeer(Ended):
    """The peer sent a Close."""

    def __init__(self, code: CloseCode, value: int, sealed: bool) -> None:
        super().__init__(f"{code.name}({value}){'' if sealed else ' in the clear'}")
        self.code, self.value, self.sealed = code, value, sealed


class EndedByUs(Ended):
    """We gave the peer up; `code` and `value` say why, whether or not a Close could be sent."""

    def __init__(self, code: CloseCode, value: int = 0) -> None:
        super().__init__(f"{code.name}({value})")
        self.code, self.value = code, value


class Lost(Ended):
    """End of stream or a reset without a Close."""
