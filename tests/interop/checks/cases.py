"""What must be refused, with the fault that PROTOCOL.md names, state by state."""

import os
from dataclasses import dataclass
from typing import Callable

from peer import frames
from peer.faults import CloseCode, Fault
from peer.fields import encode_name
from peer.handshake import Marker, no_marker
from peer.limits import RANDOM_LEN, Service
from peer.messages import (
    Call,
    CallAccepted,
    Close,
    Hello,
    Join,
    KeepAlive,
    Kind,
    List,
    Subscribe,
    Text,
    Turns,
    Welcome,
)
from checks.puppets import RawInitiator, RawResponder, plain, tampered
from peer.sealing import Sealer

NOT_A_POINT = b"\xff" * 32
NEGATIVE_POINT = b"\x01" + bytes(31)
NEUTRAL = bytes(32)


@dataclass(frozen=True)
class Case:
    name: str
    frame: bytes
    code: CloseCode
    value: int = 0


def fault(name: str, frame: bytes, which: Fault) -> Case:
    return Case(name, frame, CloseCode.FAULT, which)


def body(kind: Kind, data: bytes) -> bytes:
    return frames.build(kind, data)


def frame_cases(good: bytes, clear: bool) -> list[Case]:
    """Steps 2 to 6 of section 3.1, with a frame that is good but for one thing."""
    length = int.from_bytes(good[6:8], "big")
    cases = [
        fault("magic", tampered(good, 3, 0x4E), Fault.MAGIC),
        fault("magic before reserved", tampered(tampered(good, 0, 0), 5, 1), Fault.MAGIC),
        fault("reserved byte", tampered(good, 5, 1), Fault.PADDING),
        fault("length 1001", good[:6] + b"\x03\xe9" + good[8:], Fault.LENGTH),
        fault("length 65535", good[:6] + b"\xff\xff" + good[8:], Fault.LENGTH),
        fault("first byte of padding", tampered(good, 8 + length, 1), Fault.PADDING),
        fault("last byte of padding", tampered(good, 1007, 1), Fault.PADDING),
        fault("padding before kind", tampered(tampered(good, 1007, 1), 4, 0x99), Fault.PADDING),
        fault("kind 0", tampered(good, 4, 0), Fault.KIND),
        fault("kind 0x23", tampered(good, 4, 0x23), Fault.KIND),
    ]
    if clear:
        cases += [
            fault("first byte of trailer", tampered(good, 1008, 1), Fault.PADDING),
            fault("last byte of trailer", tampered(good, 1023, 1), Fault.PADDING),
        ]
    return cases


def close_cases() -> list[Case]:
    return [
        fault("Close: code 0", body(Kind.CLOSE, bytes(5)), Fault.VALUE),
        fault("Close: code 20", body(Kind.CLOSE, b"\x14" + bytes(4)), Fault.VALUE),
        fault("Close: code 20, too short", body(Kind.CLOSE, b"\x14"), Fault.VALUE),
        fault("Close: value of Cancelled", body(Kind.CLOSE, b"\x13\0\0\0\x01"), Fault.VALUE),
        fault("Close: too short", body(Kind.CLOSE, b"\x01\0\0\0"), Fault.LENGTH),
        fault("Close: too long", body(Kind.CLOSE, b"\x01" + bytes(5)), Fault.LENGTH),
        fault("Close: value of Goodbye", body(Kind.CLOSE, b"\x01\0\0\0\x01"), Fault.VALUE),
        fault("Close: fault 0", body(Kind.CLOSE, b"\x0b\0\0\0\0"), Fault.VALUE),
        fault("Close: fault 13", body(Kind.CLOSE, b"\x0b\0\0\0\x0d"), Fault.VALUE),
    ]


def field_cases() -> list[Case]:
    """Steps 7 and 8 for kinds that are not allowed here anyway: the field's fault comes first."""
    mapped = b"\x06" + bytes(10) + b"\xff\xff\x7f\0\0\x01"
    return [
        fault("KeepAlive with a body", body(Kind.KEEP_ALIVE, b"x"), Fault.LENGTH),
        fault("Joined: IPv4-mapped", body(Kind.JOINED, bytes(4) + mapped + b"\0\x01"),
              Fault.ENDPOINT),
        fault("Joined: IPv4-mapped, no port", body(Kind.JOINED, bytes(4) + mapped + b"\0"),
              Fault.LENGTH),
        fault("Joined: family 5", body(Kind.JOINED, bytes(4) + b"\x05"), Fault.ENDPOINT),
        fault("JoinRefused: reason 3", body(Kind.JOIN_REFUSED, b"\x03"), Fault.VALUE),
        fault("ListPage: flag 2", body(Kind.LIST_PAGE, b"\x02"), Fault.VALUE),
        fault("ListPage: half a user", body(Kind.LIST_PAGE, bytes(5) + b"\x01a\x04"), Fault.LENGTH),
        fault("Presence: change 3", body(Kind.PRESENCE, bytes(8) + b"\x03"), Fault.VALUE),
        fault("Presence: empty name", body(Kind.PRESENCE, bytes(8) + b"\x02\0"), Fault.NAME),
        fault("Call: turns 3", body(Kind.CALL, b"\x03\0"), Fault.VALUE),
        fault("CallAccepted: turns 0", body(Kind.CALL_ACCEPTED, b"\0"), Fault.VALUE),
    ]


def of_a_link() -> list[Case]:
    """Messages of a link where there is none: their bodies are not looked at."""
    return [
        fault("Receipt", body(Kind.RECEIPT, bytes(4)), Fault.STATE),
        fault("Introduce: empty", body(Kind.INTRODUCE, b""), Fault.STATE),
        fault("Name: empty", body(Kind.NAME, b"\0"), Fault.STATE),
        fault("Say: scope 3", body(Kind.SAY, b"\3" + bytes(999)), Fault.STATE),
        fault("Roster: port 0", body(Kind.ROSTER, bytes(32) + b"\4\1\2\3\4\0\0"), Fault.STATE),
        fault("Offer: empty", body(Kind.OFFER, b""), Fault.STATE),
        fault("Keeps", body(Kind.KEEPS, b""), Fault.STATE),
        fault("Entrust: empty", body(Kind.ENTRUST, b""), Fault.STATE),
        fault("Kept: fate 3", body(Kind.KEPT, bytes(36) + b"\3"), Fault.STATE),
        fault("Pass: empty", body(Kind.PASS, b""), Fault.STATE),
        fault("Took: verdict 2", body(Kind.TOOK, b"\2"), Fault.STATE),
        fault("Data: empty", body(Kind.DATA, b""), Fault.STATE),
        fault("Have", body(Kind.HAVE, bytes(40)), Fault.STATE),
        fault("kind 0x46", body(0x46, b""), Fault.KIND),
    ]


def first_frame_cases(service: Service, marker: Marker = no_marker) -> list[Case]:
    """What a responder refuses as the first frame."""
    random = os.urandom(RANDOM_LEN)
    hello = Hello(service, random, marker(random)).encode()
    other = 3 - service

    def with_hello(data: bytes) -> bytes:
        return body(Kind.HELLO, data)

    return frame_cases(with_hello(hello), clear=True) + close_cases() + field_cases() + of_a_link() + [
        fault("Hello: reserved byte", with_hello(hello[:3] + b"\1" + hello[4:]), Fault.PADDING),
        fault("Hello: reserved byte, too short", with_hello(hello[:3] + b"\1"), Fault.PADDING),
        fault("Hello: 39 bytes", with_hello(hello[:39]), Fault.LENGTH),
        Case("Hello: version 2", with_hello(b"\2\1\x09" + hello[3:] + b"more"),
             CloseCode.VERSION_MISMATCH),
        Case("Hello: suite xor", with_hello(b"\1\1\x09" + hello[3:]), CloseCode.SUITE_MISMATCH),
        Case("Hello: other service", with_hello(hello[:2] + bytes([other]) + hello[3:]),
             CloseCode.SERVICE_MISMATCH),
        Case("Hello: frame length 2048", with_hello(hello[:4] + b"\0\0\x08\0" + hello[8:] + b"x"),
             CloseCode.FRAME_LENGTH_MISMATCH),
        fault("Hello: a share", with_hello(hello + bytes(32)), Fault.LENGTH),
        fault("KeepAlive", plain(KeepAlive()), Fault.STATE),
        fault("Credentials", body(Kind.CREDENTIALS, bytes(1000)), Fault.STATE),
        fault("Welcome", body(Kind.WELCOME, bytes(3)), Fault.STATE),
        fault("Join", plain(Join(1, "a")), Fault.STATE),
        fault("Text", plain(Text("a")), Fault.STATE),
    ]


def second_frame_cases(us: RawInitiator) -> list[Case]:
    """What a responder refuses in place of Credentials."""
    good = body(Kind.CREDENTIALS, us.credentials)

    def with_share(share: bytes) -> bytes:
        return body(Kind.CREDENTIALS, share + us.keys.confirm_a)

    return frame_cases(good, clear=True) + close_cases() + of_a_link() + [
        fault("Credentials: 0 bytes", body(Kind.CREDENTIALS, b""), Fault.LENGTH),
        fault("Credentials: 95 bytes", body(Kind.CREDENTIALS, us.credentials[:95]), Fault.LENGTH),
        fault("Credentials: 97 bytes", body(Kind.CREDENTIALS, us.credentials + b"x"),
              Fault.LENGTH),
        fault("share: no field element", with_share(NOT_A_POINT), Fault.PROOF),
        fault("share: negative", with_share(NEGATIVE_POINT), Fault.PROOF),
        fault("share: neutral", with_share(NEUTRAL), Fault.PROOF),
        fault("second Hello", plain(Hello(9, bytes(32), version=2)), Fault.STATE),
        fault("second Hello: a share", body(Kind.HELLO, us.hello + bytes(5)), Fault.STATE),
        fault("second Hello: 39 bytes", body(Kind.HELLO, us.hello[:39]), Fault.LENGTH),
        fault("second Hello: reserved byte", body(Kind.HELLO, tampered(us.hello, 3, 1)), Fault.PADDING),
        fault("KeepAlive", plain(KeepAlive()), Fault.STATE),
        fault("Welcome", body(Kind.WELCOME, us.keys.confirm_b), Fault.STATE),
        fault("sealed too early", Sealer(us.keys.sends_a).seal(good), Fault.MAGIC),
    ]


def answering_hello_cases(service: Service, share: bytes) -> list[Case]:
    """What an initiator refuses in the responder's Hello, with a Close."""
    good = Hello(service, os.urandom(RANDOM_LEN), share).encode()

    def with_share(data: bytes) -> bytes:
        return body(Kind.HELLO, good[:40] + data)

    return [
        Case("Hello: version 2", body(Kind.HELLO, b"\2" + good[1:]), CloseCode.VERSION_MISMATCH),
        Case("Hello: suite xor", body(Kind.HELLO, b"\1\1" + good[2:40]), CloseCode.SUITE_MISMATCH),
        Case("Hello: other service",
             body(Kind.HELLO, good[:2] + bytes([3 - service]) + good[3:]),
             CloseCode.SERVICE_MISMATCH),
        Case("Hello: frame length", body(Kind.HELLO, good[:4] + b"\0\0\x08\0" + good[8:]),
             CloseCode.FRAME_LENGTH_MISMATCH),
        fault("no share", with_share(b""), Fault.LENGTH),
        fault("share: 31 bytes", with_share(share[:31]), Fault.LENGTH),
        fault("share: 33 bytes", with_share(share + b"x"), Fault.LENGTH),
        fault("share: no field element", with_share(NOT_A_POINT), Fault.PROOF),
        fault("share: negative", with_share(NEGATIVE_POINT), Fault.PROOF),
        fault("share: neutral", with_share(NEUTRAL), Fault.PROOF),
    ]


def silent_first_answers(service: Service) -> list[tuple[str, bytes]]:
    """What ends an initiator's patience before it has a Hello: it closes without a word."""
    good = plain(Hello(service, os.urandom(RANDOM_LEN), os.urandom(32)))
    return [
        ("no frame", bytes(1024)),
        ("KeepAlive", plain(KeepAlive())),
        ("Welcome", body(Kind.WELCOME, bytes(64))),
        ("trailer", tampered(good, 1023, 1)),
        ("Hello: 39 bytes", body(Kind.HELLO, good[8:47])),
        ("Hello: reserved byte", tampered(good, 11, 1)),
        ("Close: bad code", body(Kind.CLOSE, b"\x63" + bytes(4))),
    ]


WelcomeMaker = Callable[[RawResponder], bytes]


def welcome_cases() -> list[tuple[str, WelcomeMaker]]:
    """What ends an initiator in place of a Welcome: it closes without a word."""
    return [
        ("random confirmation", lambda us: body(Kind.WELCOME, os.urandom(64))),
        ("last bit", lambda us: body(
            Kind.WELCOME, us.keys.confirm_b[:63] + bytes([us.keys.confirm_b[63] ^ 1]))),
        ("its own confirmation", lambda us: body(Kind.WELCOME, us.peer_confirmation)),
        ("63 bytes", lambda us: body(Kind.WELCOME, us.keys.confirm_b[:63])),
        ("65 bytes", lambda us: body(Kind.WELCOME, us.keys.confirm_b + b"x")),
        ("empty", lambda us: body(Kind.WELCOME, b"")),
        ("KeepAlive", lambda us: plain(KeepAlive())),
        ("second Hello", lambda us: plain(Hello(2, bytes(32)))),
        ("CallAccepted", lambda us: plain(CallAccepted(Turns.LINEAR))),
        ("sealed Close", lambda us: Sealer(us.keys.sends_b).seal(plain(Close(CloseCode.GOODBYE)))),
        ("padding", lambda us: tampered(body(Kind.WELCOME, us.keys.confirm_b), 72, 1)),
    ]


def open_cases(good: bytes) -> list[Case]:
    """What either side refuses in every state from OPEN on."""
    return frame_cases(good, clear=False) + close_cases() + field_cases() + [
        fault("Hello", plain(Hello(1, bytes(32))), Fault.STATE),
        fault("Hello: 3 bytes", body(Kind.HELLO, bytes(3)), Fault.LENGTH),
        fault("Credentials", body(Kind.CREDENTIALS, bytes(96)), Fault.STATE),
        fault("Credentials: empty", body(Kind.CREDENTIALS, b""), Fault.STATE),
        fault("Welcome", body(Kind.WELCOME, bytes(64)), Fault.STATE),
    ]


def server_cases() -> list[Case]:
    """What a community server refuses from a client that is OPEN."""

    def join(name: bytes, port: bytes = b"\0\1") -> bytes:
        return body(Kind.JOIN, port + name)

    def named(text: str) -> bytes:
        raw = text.encode("utf-8")
        return join(bytes([len(raw)]) + raw)

    hidden = ["\0", "\x1f", "\x7f", "\x9f", "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160",
              "\u17b4", "\u180b", "\u180f", "\u200b", "\u200f", "\u2028", "\u202e", "\u2060",
              "\u206f", "\u3164", "\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\ufffb",
              "\u00a0", "\u0600", "\u070f", "\u2800", "\u3000", "\ue000", "\ufdd0", "\uffff", "\U00013430",
              "\U0001bca0", "\U0001d173", "\U000e0000", "\U000e0fff"]
    return open_cases(plain(List())) + of_a_link() + [
        fault(f"Join: U+{ord(char):04X}", named(f"a{char}b"), Fault.NAME) for char in hidden
    ] + [
        fault("Join: port 0", join(b"\0", b"\0\0"), Fault.ENDPOINT),
        fault("Join: empty name", join(b"\0"), Fault.NAME),
        fault("Join: 33 bytes", join(b"\x21" + b"a" * 33), Fault.NAME),
        fault("Join: 33 bytes, 32 there", join(b"\x21" + b"a" * 32), Fault.LENGTH),
        fault("Join: bytes left over", join(encode_name("a") + b"b"), Fault.LENGTH),
        fault("Join: leading space", named(" a"), Fault.NAME),
        fault("Join: trailing space", named("a "), Fault.NAME),
        fault("Join: no UTF-8", join(b"\x01\xff"), Fault.NAME),
        fault("Join: surrogate", join(b"\x03\xed\xa0\x80"), Fault.NAME),
        fault("Subscribe: 2", body(Kind.SUBSCRIBE, b"\2"), Fault.VALUE),
        fault("Subscribe: empty", body(Kind.SUBSCRIBE, b""), Fault.LENGTH),
        fault("List: a body", body(Kind.LIST, b"a"), Fault.LENGTH),
        fault("Joined", body(Kind.JOINED, bytes(4) + b"\4\1\2\3\4\0\1"), Fault.STATE),
        fault("ListPage", body(Kind.LIST_PAGE, bytes(5)), Fault.STATE),
        fault("Presence", body(Kind.PRESENCE, bytes(8)), Fault.STATE),
        fault("Call", plain(Call(Turns.FREE, None)), Fault.STATE),
        fault("Text", plain(Text("a")), Fault.STATE),
    ]


CALL = plain(Call(Turns.LINEAR, "katie"))


def before_call_cases() -> list[Case]:
    return open_cases(CALL) + of_a_link() + [
        fault("Text before Call", plain(Text("a")), Fault.STATE),
        fault("Call: turns 3, bad name", body(Kind.CALL, b"\3\x21"), Fault.VALUE),
        fault("Call: bad name", body(Kind.CALL, b"\1\1 "), Fault.NAME),
        fault("Call: no name, bytes left", body(Kind.CALL, b"\1\0a"), Fault.LENGTH),
        fault("Call: empty", body(Kind.CALL, b""), Fault.LENGTH),
        fault("List", plain(List()), Fault.STATE),
    ]


def in_chat_cases() -> list[tuple[str, list[bytes], Fault]]:
    """After a Call for linear turns: what the callee refuses, as a row of frames."""
    text = plain(Text("a"))
    return [
        ("second Call", [CALL], Fault.STATE),
        ("two Texts", [text, text], Fault.TURN),
        ("bad Text out of turn", [text, body(Kind.TEXT, b"\xff")], Fault.TEXT),
        ("Text: surrogate", [body(Kind.TEXT, b"\xed\xa0\x80")], Fault.TEXT),
        ("Text: overlong", [body(Kind.TEXT, b"\xc0\x80")], Fault.TEXT),
        ("Text: above U+10FFFF", [body(Kind.TEXT, b"\xf4\x90\x80\x80")], Fault.TEXT),
        ("CallAccepted", [plain(CallAccepted(Turns.LINEAR))], Fault.STATE),
        ("Subscribe", [plain(Subscribe(True))], Fault.STATE),
    ]


def caller_cases() -> list[tuple[str, list[bytes], Fault]]:
    """After a Call for linear turns: what the caller refuses."""
    accepted, text = plain(CallAccepted(Turns.LINEAR)), plain(Text("a"))
    return [
        ("free where linear was offered", [plain(CallAccepted(Turns.FREE))], Fault.VALUE),
        ("Text before CallAccepted", [text], Fault.STATE),
        ("Text out of turn", [accepted, text], Fault.TURN),
        ("CallAccepted twice", [accepted, accepted], Fault.STATE),
        ("Call", [CALL], Fault.STATE),
        ("Welcome again", [plain(Welcome(bytes(64)))], Fault.STATE),
        ("Presence", [body(Kind.PRESENCE, bytes(8))], Fault.STATE),
    ]
