"""The kinds of section 5."""

from enum import IntEnum


class Kind(IntEnum):
    HELLO = 0x01
    CREDENTIALS = 0x02
    WELCOME = 0x03
    CLOSE = 0x04
    KEEP_ALIVE = 0x05
    JOIN = 0x10
    JOINED = 0x11
    JOIN_REFUSED = 0x12
    LIST = 0x13
    LIST_PAGE = 0x14
    SUBSCRIBE = 0x15
    PRESENCE = 0x16
    CALL = 0x20
    CALL_ACCEPTED = 0x21
    TEXT = 0x22
    INTRODUCE = 0x30
    NAME = 0x31
    ADMIT = 0x32
    SAY = 0x33
    RECEIPT = 0x34
    ROSTER = 0x35
    ASK_RECEPTION = 0x36
    RECEPTION = 0x37
    OFFER = 0x38
    ANSWER = 0x39
    WITHDRAW = 0x3A
    KEEPS = 0x3B
    ENTRUST = 0x3C
    KEPT = 0x3D
    PASS = 0x3E
    TOOK = 0x3F
    HAVE = 0x40
    PROCEED = 0x41
    DIFFERS = 0x42
    DATA = 0x43
    END = 0x44
    STORED = 0x45
