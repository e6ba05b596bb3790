"""The vector files of the repository, and the frames that the document shows."""

from pathlib import Path

from checks.checking import check, equal
from peer import cpace, frames, identity, transfer
from peer.circles import Circle
from peer.identity import INITIATOR, RESPONDER
from peer.keeper_messages import Entrust, Fate, Kept, Letter, Pass, Took, receipt_input, sign_receipt
from peer.limits import (
    FRAME_LEN, FRAMES_PER_KEY, HEADER_LEN, HELLO_LEN, PIECE_LEN, SUITE_SEALED, SUITE_SEALED_AES, Service,
)
from peer.messages import Credentials, Hello, KeepAlive, Message, Scope, Welcome, decode
from peer.sealing import Opener, Sealer
from peer.stream import chain_hash, read_folder
from peer.transfer_messages import Data, End

_SERVICES = {"link": Service.LINK, "transfer": Service.TRANSFER, "transfer_aes": Service.TRANSFER}
"""Of recordings with messages that no other service has."""
REPOSITORY = Path(__file__).resolve().parents[3]


def _lines(name: str) -> list[str]:
    text = (REPOSITORY / "tests/vectors" / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _values(name: str) -> dict[str, bytes]:
    pairs = (line.split(" = ") for line in _lines(name))
    return {name: bytes.fromhex(hexed) for name, hexed in pairs}


def _plain(hexed: str) -> bytes:
    return bytes.fromhex(hexed).ljust(FRAME_LEN, b"\0")


def _messages(name: str) -> list[Message]:
    """Those of a recording."""
    plain = (frames.parse(_plain(line.split(" ")[3])) for line in _lines(f"{name}.txt"))
    return [decode(kind, body, service=_SERVICES.get(name)) for kind, body in plain]


@check
def values_behind_the_keys() -> None:
    given = _values("sealed_keys.txt")
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


def _keys_of(lines: list[list[str]], password: bytes, ya_random: bytes) -> cpace.Keys:
    """The keys of a recorded conversation, whose handshake must be ours, too."""
    clear = [decode(*frames.parse(_plain(hexed)), service=None) for _, suite, _, hexed in lines[:4]]
    hello_a, hello_b, credentials, welcome = clear
    assert isinstance(hello_a, Hello) and isinstance(hello_b, Hello)
    session = cpace.Session(password, hello_a.encode()[:HELLO_LEN], hello_b.encode()[:HELLO_LEN])
    secret = cpace.Secret(session, ya_random)
    product = secret.times(hello_b.share)
    keys = cpace.Agreement(session, product, secret.share, hello_b.share).keys()
    equal(credentials, Credentials(secret.share + keys.confirm_a))
    equal(welcome, Welcome(keys.confirm_b))
    return keys


def _check_sealed(lines: list[list[str]], keys: cpace.Keys, suite: int = SUITE_SEALED) -> None:
    sealers = {">": Sealer(keys.sends_a, suite), "<": Sealer(keys.sends_b, suite)}
    openers = {">": Opener(keys.sends_a, suite), "<": Opener(keys.sends_b, suite)}
    for way, suite, kind, hexed, travels in lines[4:]:
        equal(sealers[way].seal(_plain(hexed)).hex(), travels, kind)
        equal(openers[way].open(bytes.fromhex(travels)), _plain(hexed), kind)


@check
def frames_of_a_sealed_call() -> None:
    lines, given = [line.split(" ") for line in _lines("sealed.txt")], _values("sealed_keys.txt")
    _check_sealed(lines, _keys_of(lines, given["P"], given["ya_random"]))
    equal(len(lines), 7)


@check
def frames_of_a_link() -> None:
    lines, given = [line.split(" ") for line in _lines("link.txt")], _values("link_keys.txt")
    keys = _keys_of(lines, given["P"], bytes(range(0xC0, 0x100)))
    _check_sealed(lines, keys)
    circle = Circle.of_code(given["P"].decode())
    random = bytes(range(0xA0, 0xC0))
    katie, abdul = identity.Identity(given["katie_seed"]), identity.Identity(given["abdul_seed"])
    exported = {label: keys.exported(label) for label in (INITIATOR, RESPONDER, b"tie break")}
    numbers = identity.comparison(katie.key, abdul.key)
    computed = {
        "P": circle.password, "marker_input": circle.marker_input(random), "marker": circle.marker(random),
        "Sa": keys.sends_a, "Sb": keys.sends_b, "XRK": keys.exporter_key(),
        "initiator_introduces": exported[INITIATOR], "responder_introduces": exported[RESPONDER],
        "tie_break": exported[b"tie break"],
        "katie_seed": given["katie_seed"], "katie_key": katie.key, "katie_proof": katie.prove(exported[INITIATOR]),
        "katie_tag": identity.tag(katie.key).encode(),
        "abdul_seed": given["abdul_seed"], "abdul_key": abdul.key, "abdul_proof": abdul.prove(exported[RESPONDER]),
        "abdul_tag": identity.tag(abdul.key).encode(),
        "comparison_input": identity.comparison_input(abdul.key, katie.key),
        "comparison": b"".join(number.to_bytes(2, "big") for number in numbers),
    }
    equal({name: value.hex() for name, value in computed.items()},
          {name: value.hex() for name, value in given.items()})
    for key, proof, label in ((katie.key, given["katie_proof"], INITIATOR), (abdul.key, given["abdul_proof"], RESPONDER)):
        equal([identity.is_proof(proof, key, value) for value in (exported[label], bytes(32))], [True, False])


@check
def frames_of_transfers() -> None:
    given = _values("transfer_keys.txt")
    random, long = bytes(range(0xA0, 0xC0)), bytes(at % 251 for at in range(PIECE_LEN + 1))
    computed = {
        "id": given["id"], "secret": given["secret"],
        "marker_input": transfer.marker_input(random, given["id"]), "marker": transfer.marker(random, given["id"]),
        "H_piece": chain_hash(long[:-1]), "H_piece_and_one": chain_hash(long),
    }
    for name, prefix, stream, suite in (
        ("transfer", "", "H_folder", SUITE_SEALED), ("transfer_aes", "aes_", "H_file", SUITE_SEALED_AES)
    ):
        lines = [line.split(" ") for line in _lines(f"{name}.txt")]
        keys = _keys_of(lines, given["secret"], bytes(range(0xC0, 0x100)))
        _check_sealed(lines, keys, suite)
        end, = (message for message in _messages(name) if isinstance(message, End))
        computed |= {f"{prefix}Sa": keys.sends_a, f"{prefix}Sb": keys.sends_b, stream: end.hash}
    equal({name: value.hex() for name, value in computed.items()},
          {name: value.hex() for name, value in given.items()})
    folder = next(message.data for message in _messages("transfer") if isinstance(message, Data))
    equal([entry.path for entry in read_folder(folder)], ["a.txt", "b", "b/c"])
    equal(chain_hash(folder), given["H_folder"])
    equal(chain_hash(b"hello, everybody\n"), given["H_file"])


def _header_and_body(message: Message) -> bytes:
    body = message.encode()
    return frames.build(message.kind, body)[: HEADER_LEN + len(body)]


@check
def a_letter_and_its_receipt() -> None:
    given, keys = _values("letter.txt"), _values("link_keys.txt")
    katie, abdul = identity.Identity(keys["katie_seed"]), identity.Identity(keys["abdul_seed"])
    letter = Letter(0x5D3A91C4, Scope.ONE, 3, 0, False, "at eight?")
    signature = letter.sign(katie, abdul.key)
    receipt = sign_receipt(abdul, katie.key, letter.run, letter.number)
    computed = {
        "letter_input": letter.signed_input(abdul.key), "letter_signature": signature,
        "receipt_input": receipt_input(katie.key, letter.run, letter.number), "receipt_signature": receipt,
    }
    messages = {
        "entrust": Entrust(abdul.key, signature, letter), "held": Kept(abdul.key, letter.number, Fate.HELD),
        "pass": Pass(katie.key, signature, letter), "took": Took(receipt),
        "delivered": Kept(abdul.key, letter.number, Fate.DELIVERED, receipt),
    }
    computed |= {name: _header_and_body(message) for name, message in messages.items()}
    equal({name: value.hex() for name, value in computed.items()},
          {name: value.hex() for name, value in given.items()})
    for name, message in messages.items():
        equal(decode(*frames.parse(_plain(given[name].hex())), service=Service.LINK), message, name)


@check
def every_recorded_frame_is_ours_too() -> None:
    seen = 0
    for name in ("community", "chat", "wrong_password", "suite_mismatch", "sealed", *_SERVICES):
        for line, message in zip(_lines(f"{name}.txt"), _messages(name), strict=True):
            hexed = line.split(" ")[3]
            equal(frames.build(message.kind, message.encode()), _plain(hexed), line)
            equal(message.encode().hex(), hexed[2 * HEADER_LEN :], line)
            seen += 1
    equal(seen > 20, True, "frames")
