"""The vector files of the repository, and the frames that the document shows."""

from pathlib import Path

from checks.checking import check, equal
from peer import cpace, frames
from peer.limits import FRAME_LEN, FRAMES_PER_KEY, HEADER_LEN, HELLO_LEN
from peer.messages import Credentials, Hello, KeepAlive, Welcome, decode
from peer.sealing import Opener, Sealer

REPOSITORY = Path(__file__).resolve().parents[3]


def _lines(name: str) -> list[str]:
    text = (REPOSITORY / "tests/vectors" / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _values() -> dict[str, bytes]:
    pairs = (line.split(" = ") for line in _lines("sealed_keys.txt"))
    return {name: bytes.fromhex(hexed) for name, hexed in pairs}


def _plain(hexed: str) -> bytes:
    return bytes.fromhex(hexed).ljust(FRAME_LEN, b"\0")


@check
def values_behind_the_keys() -> None:
    given = _values()
    session = cpace.Session(given["P"], given["Ha"], given["Hb"])
    ours, theirs = cpace.Secret(session, given["ya_random"]), cpace.Secret(session, given["yb_random"])
    agreement = cpace.Agreement(session, ours.times(theirs.share), ours.share, theirs.share)
    keys = agreement.keys()
    computed = {
        "P": session.password, "Ha": session.hello_a, "Hb": session.hello_b,
        "ya_random": given["ya_random"], "yb_random": given["yb_random"],
        "sid": session.sid, "CI": session.channel,
        "g_input": session.generator_input(), "g": session.generator(),
        "ya": ours.number, "Ya": ours.share, "yb": theirs.number, "Yb": theirs.share,
        "K": theirs.times(ours.share), "ISK_input": agreement.key_input(), "ISK": agreement.key(),
        "PRK": agreement.extracted(), "T": agreement.transcript(),
        "Ta": keys.confirm_a, "Tb": keys.confirm_b, "Sa": keys.sends_a, "Sb": keys.sends_b,
    }
    for name, secret in (("Sa", keys.sends_a), ("Sb", keys.sends_b)):
        sealer = Sealer(secret)
        sealer.count = FRAMES_PER_KEY
        computed[f"{name}_next_tag"] = sealer.seal(frames.build(KeepAlive.kind, b""))[-16:]
        computed[f"{name}_next_key"] = sealer.key
    equal(computed.keys(), given.keys())
    for name, value in computed.items():
        equal(value.hex(), given[name].hex(), name)


@check
def frames_of_a_sealed_call() -> None:
    lines = [line.split(" ") for line in _lines("sealed.txt")]
    clear = [decode(*frames.parse(_plain(hexed))) for _, suite, _, hexed in lines[:4]]
    hello_a, hello_b, credentials, welcome = clear
    assert isinstance(hello_a, Hello) and isinstance(hello_b, Hello)
    given = _values()
    session = cpace.Session(given["P"], hello_a.encode(), hello_b.encode()[:HELLO_LEN])
    secret = cpace.Secret(session, given["ya_random"])
    product = secret.times(hello_b.share)
    keys = cpace.Agreement(session, product, secret.share, hello_b.share).keys()
    equal(credentials, Credentials(secret.share + keys.confirm_a))
    equal(welcome, Welcome(keys.confirm_b))
    sealers = {">": Sealer(keys.sends_a), "<": Sealer(keys.sends_b)}
    openers = {">": Opener(keys.sends_a), "<": Opener(keys.sends_b)}
    for way, suite, kind, hexed, travels in lines[4:]:
        equal(sealers[way].seal(_plain(hexed)).hex(), travels, kind)
        equal(openers[way].open(bytes.fromhex(travels)), _plain(hexed), kind)
    equal(len(lines), 7)


@check
def every_recorded_frame_is_ours_too() -> None:
    seen = 0
    for name in ("community", "chat", "wrong_password", "suite_mismatch", "sealed"):
        for line in _lines(f"{name}.txt"):
            frame = _plain(line.split(" ")[3])
            kind, body = frames.parse(frame)
            message = decode(kind, body)
            equal(frames.build(message.kind, message.encode()), frame, line)
            equal(body.hex(), line.split(" ")[3][2 * HEADER_LEN :], line)
            seen += 1
    equal(seen > 20, True, "frames")
