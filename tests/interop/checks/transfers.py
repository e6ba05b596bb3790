"""Files and folders: `p2pm` offers them to the peer, and is offered them, on links that either has dialled."""

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator

from checks.checking import PASSWORD, SECRET, check, equal
from checks.control import RunningNode
from peer.circles import Circle
from peer.connection import Connection
from peer.faults import CloseCode
from peer.fields import Attributes
from peer.limits import FRAME_LENGTHS, PIECE_LEN
from peer.link import Link, Node
from peer.offers import Incoming, Outgoing
from peer.stream import Entry, folder_stream, read_folder
from peer.transfer import Receiving, Sending, terms
from peer.transfer_messages import ID_LEN, SECRET_LEN, Answer, Cipher, Offer, Verdict, What

CONTENT = os.urandom(2 * PIECE_LEN + 12345)
HALF = PIECE_LEN + 54321
MODIFIED = 1764000000


class Pair:
    """A `p2pm`, abdul, and us, katie, linked with it."""

    def __init__(self, abdul: RunningNode, katie: Node, we_dial: bool) -> None:
        self.abdul, self.katie, self._we_dial = abdul, katie, we_dial
        if not we_dial:
            equal(abdul.control.ask("connect", address=f"127.0.0.1:{katie.port}")["answer"], "done")
        self.relink()

    def relink(self) -> None:
        self.link: Link = self.katie.dial(self.abdul.port) if self._we_dial else self.katie.accept()
        self.link.admit()
        self.link.run_until(lambda: self.link.is_mutual)

    def is_told(self, state: str, ours: bool = False, **wanted: object) -> dict:
        return self.abdul.listener.news("file", state=state, ours=ours, **wanted)

    # What abdul sends.

    def is_offered(self, path: Path) -> Incoming:
        answer = self.abdul.control.ask("send_file", to="katie", path=str(path))
        equal(answer["answer"], "offered", str(answer))
        known = set(self.link.offers.incoming)
        self.link.run_until(lambda: set(self.link.offers.incoming) != known)
        (new,) = set(self.link.offers.incoming) - known
        return self.link.offers.incoming[new]

    def takes(self, it: Incoming, cipher: Cipher = Cipher.CHACHA20, frames: int = 3) -> Connection:
        it.answer = Answer(it.offer.id, it.offer.attempt, Verdict.TAKEN, cipher, frames)
        self.link.conn.send(it.answer)
        return self.link.transfer(terms(it.offer, it.answer))

    def is_offered_again(self, it: Incoming) -> Connection:
        """What was taken is offered again, and taken without asking."""
        last = it.offer
        self.link.run_until(lambda: it.offer is not last)
        equal(it.offer.secret != last.secret, True, "a secret of its own")
        assert it.answer is not None
        return self.link.transfer(terms(it.offer, it.answer))

    # What we send.

    def offers(self, offer: Offer) -> Outgoing:
        it = self.link.offers.outgoing[offer.id] = Outgoing(offer)
        self.link.conn.send(offer)
        return it

    def file_to_take(self, ours: bool = False) -> int:
        return self.is_told("offered", ours)["file"]

    def is_taken(self, it: Outgoing, into: Path | None = None) -> Connection:
        """Abdul's user takes it."""
        number = self.file_to_take()
        more = {} if into is None else {"into": str(into)}
        equal(self.abdul.control.ask("take_file", file=number, **more)["answer"], "done")
        return self.is_answered(it)

    def is_answered(self, it: Outgoing) -> Connection:
        self.link.run_until(lambda: it.answer is not None)
        assert it.answer is not None
        equal(it.answer.verdict, Verdict.TAKEN)
        return self.link.transfer(terms(it.offer, it.answer))

    def offers_again(self, it: Outgoing) -> Connection:
        it.offer = replace(it.offer, attempt=it.offer.attempt + 1, secret=os.urandom(SECRET_LEN))
        it.answer = None
        self.link.conn.send(it.offer)
        return self.is_answered(it)


@contextmanager
def pair(we_dial: bool = True) -> Iterator[Pair]:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(Circle(SECRET), "katie") as katie:
        yield Pair(abdul, katie, we_dial)


def offer_of(content: bytes, label: str = "photo.bin", **other: object) -> Offer:
    fields = {"aes": False, "frames": 3, "what": What.FILE, "files": 1, "attributes": Attributes(MODIFIED, 0o640)}
    return Offer(os.urandom(ID_LEN), 1, os.urandom(SECRET_LEN), length=len(content), label=label, **{**fields, **other})


def source(it: Pair, content: bytes = CONTENT, name: str = "photo.bin") -> Path:
    path = it.abdul.home / name
    path.write_bytes(content)
    path.chmod(0o640)
    os.utime(path, (MODIFIED, MODIFIED))
    return path


def has_aes() -> bool:
    """Whether the programs offer AES: with ring, on a processor with instructions for it."""
    return not os.environ.get("P2PM_PORTABLE") and "aes" in Path("/proc/cpuinfo").read_text().split()


@check
def p2pm_sends_a_file() -> None:
    for we_dial in (True, False):
        with pair(we_dial) as it:
            path = source(it)
            for frames in FRAME_LENGTHS:
                offered = it.is_offered(path)
                offer = offered.offer
                equal((offer.what, offer.length, offer.files, offer.label, offer.attributes, offer.aes),
                      (What.FILE, len(CONTENT), 1, "photo.bin", Attributes(MODIFIED, 0o640), has_aes()))
                conn = it.takes(offered, Cipher.AES if offer.aes and frames > 1 else Cipher.CHACHA20, frames)
                equal(Receiving(conn, offer.length).take_all(), CONTENT)
                it.is_told("stored", ours=True)


@check
def p2pm_takes_a_file() -> None:
    for we_dial in (True, False):
        with pair(we_dial) as it:
            for frames, aes in ((1, False), (2, False), (3, False), (3, True)):
                into = it.abdul.home / f"into{frames}{aes}"
                offered = it.offers(offer_of(CONTENT, frames=frames, aes=aes))
                Sending(it.is_taken(offered, into), CONTENT).send_all()
                assert offered.answer is not None
                equal(offered.answer.cipher, Cipher.AES if aes and has_aes() else Cipher.CHACHA20)
                path = Path(it.is_told("stored")["path"])
                equal((path.read_bytes(), path.parent), (CONTENT, into))
                equal((int(path.stat().st_mtime), path.stat().st_mode & 0o777), (MODIFIED, 0o640))


@check
def files_of_every_length_cross() -> None:
    """The empty one, and those at the edges of frames and pieces."""
    with pair() as it:
        for length in (0, 1, 65511, 65512, 65513, PIECE_LEN - 1, PIECE_LEN, PIECE_LEN + 1):
            content = CONTENT[:length]
            offered = it.is_offered(source(it, content, f"{length}"))
            equal(Receiving(it.takes(offered), length).take_all(), content)
            Sending(it.is_taken(it.offers(offer_of(content, f"{length}"))), content).send_all()
            equal(Path(it.is_told("stored")["path"]).read_bytes(), content)


@check
def what_is_taken_goes_on() -> None:
    """From where it was lost; with less than was claimed where that differs; whole once it was stored."""
    for we_dial in (True, False):
        with pair(we_dial) as it:
            offered = it.is_offered(source(it))
            first = Receiving(it.takes(offered), len(CONTENT))
            first.begin()
            first.take(HALF)
            first.conn.drop()
            again = Receiving(it.is_offered_again(offered), len(CONTENT), first.stream)
            again.begin()
            equal(len(again.stream) >= HALF, True)
            again.take()
            again.conn.drop()
            wrong = bytes(again.stream[: PIECE_LEN + 1000]) + bytes(PIECE_LEN)
            third = Receiving(it.is_offered_again(offered), len(CONTENT), wrong)
            third.begin()
            equal(len(third.stream), PIECE_LEN)
            third.take(HALF)
            third.conn.drop()
            other = Receiving(it.is_offered_again(offered), len(CONTENT), bytes(HALF))
            other.begin()
            equal(other.stream, b"")
            other.take()
            offered.is_whole = True
            other.conn.drop()
            last = offered.offer.attempt
            it.link.run_until(lambda: offered.offer.attempt > last)
            it.is_told("stored", ours=True)


@check
def what_is_sent_goes_on() -> None:
    for we_dial in (True, False):
        with pair(we_dial) as it:
            offered = it.offers(offer_of(CONTENT))
            first = Sending(it.is_taken(offered), CONTENT)
            first.begin()
            first.send(HALF)
            first.conn.drop()
            again = Sending(it.offers_again(offered), CONTENT)
            equal(again.begin(), 0)
            equal(again.position <= HALF, True)
            again.send(2 * PIECE_LEN)
            it.is_told("moving")
            it.link.conn.drop()
            again.conn.drop()
            it.relink()
            last = Sending(it.offers_again(offered), CONTENT)
            last.begin()
            last.send()
            last.finish()
            equal(Path(it.is_told("stored")["path"]).read_bytes(), CONTENT)
            it.link.conn.send(replace(offered.offer, attempt=99))
            it.link.run_until(lambda: offered.is_over)
            assert offered.answer is not None
            equal(offered.answer.verdict, Verdict.WHOLE)


@check
def what_another_has_sent_is_sent_anew() -> None:
    """The same offer, of another content: what the receiver has does not count."""
    with pair() as it:
        offered = it.offers(offer_of(CONTENT))
        first = Sending(it.is_taken(offered), CONTENT)
        first.begin()
        first.send(HALF)
        first.conn.drop()
        other = bytes(len(CONTENT))
        again = Sending(it.offers_again(offered), other)
        again.begin()
        equal(again.position, 0)
        again.send()
        again.finish()
        equal(Path(it.is_told("stored")["path"]).read_bytes(), other)


@check
def p2pm_sends_a_folder() -> None:
    with pair() as it:
        folder = it.abdul.home / "plans"
        for name, content in (("b/deep/one", b"one"), ("a.txt", b""), ("b.txt", CONTENT[:100_000]), ("b/ü", b"two")):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / "empty").mkdir()
        (folder / "link").symlink_to("/etc/passwd")
        offered = it.is_offered(folder)
        equal((offered.offer.what, offered.offer.files, offered.offer.label), (What.FOLDER, 4, "plans"))
        entries = read_folder(Receiving(it.takes(offered), offered.offer.length).take_all())
        equal([(entry.path, entry.content) for entry in entries], [
            ("a.txt", b""), ("b", None), ("b/deep", None), ("b/deep/one", b"one"), ("b/ü", b"two"),
            ("b.txt", CONTENT[:100_000]), ("empty", None)])
        for entry in entries:
            stat = (folder / entry.path).stat()
            equal(entry.attributes, Attributes(int(stat.st_mtime), stat.st_mode & 0o777), entry.path)


TREE = (
    Entry("a.txt", Attributes(MODIFIED, 0o600), b""),
    Entry("b", Attributes(MODIFIED, 0o750)),
    Entry("b/deep", Attributes(MODIFIED, 0o755)),
    Entry("b/deep/one", Attributes(MODIFIED + 1, 0o644), CONTENT[:200_000]),
    Entry("b.txt", Attributes(-1, 0o600), b"two"),
    Entry("empty", Attributes(MODIFIED, 0o700)),
)


def folder_offer(stream: bytes, files: int = 3, label: str = "plans") -> Offer:
    return offer_of(stream, label, what=What.FOLDER, files=files, attributes=Attributes(MODIFIED, 0o755))


def equal_tree(path: Path) -> None:
    found = {str(one.relative_to(path)): one for one in path.rglob("*")}
    equal(sorted(found), sorted(entry.path for entry in TREE))
    for entry in TREE:
        here = found[entry.path]
        equal(here.read_bytes() if here.is_file() else None, entry.content, entry.path)
        equal(int(here.stat().st_mtime), entry.attributes.modified, entry.path)
        equal(here.stat().st_mode & 0o777, entry.attributes.mode, entry.path)


@check
def p2pm_takes_a_folder() -> None:
    """Whole, and cut at many places."""
    stream = folder_stream(*TREE)
    with pair() as it:
        Sending(it.is_taken(it.offers(folder_offer(stream))), stream).send_all()
        equal_tree(Path(it.is_told("stored")["path"]))
        offered = it.offers(folder_offer(stream, label="cut"))
        sending = Sending(it.is_taken(offered), stream)
        for end in (0, 5, 20, 30, 70, 90, 100_000, len(stream) - 40, len(stream) - 3, len(stream)):
            sending.begin()
            equal(sending.position <= end, True)
            sending.send(end)
            sending.conn.drop()
            sending = Sending(it.offers_again(offered), stream)
        sending.begin()
        sending.send()
        sending.finish()
        equal_tree(Path(it.is_told("stored")["path"]))


def _half_sent(it: Pair) -> tuple[Outgoing, Sending, int]:
    """A file that abdul has half of, and its number there."""
    offered = it.offers(offer_of(CONTENT))
    sending = Sending(it.is_taken(offered), CONTENT)
    sending.begin()
    sending.send(HALF)
    return offered, sending, it.is_told("moving")["file"]


def _half_taken(it: Pair) -> tuple[Incoming, Receiving, int]:
    """A file that we have half of, and its number at abdul's."""
    offered = it.is_offered(source(it))
    number = it.file_to_take(ours=True)
    receiving = Receiving(it.takes(offered), len(CONTENT))
    receiving.begin()
    receiving.take(HALF)
    return offered, receiving, number


def _goes_on(it: Pair, offered: Outgoing) -> None:
    Sending(it.offers_again(offered), CONTENT).send_all()
    equal(Path(it.is_told("stored")["path"]).read_bytes(), CONTENT)


def _comes_on(it: Pair, offered: Incoming, stream: bytes | bytearray) -> None:
    again = Receiving(it.is_offered_again(offered), len(CONTENT), bytes(stream))
    equal(again.take_all(), CONTENT)
    it.is_told("stored", ours=True)


@check
def we_have_it_wait() -> None:
    with pair() as it:
        offered, sending, number = _half_sent(it)
        sending.conn.end(CloseCode.PAUSED)
        it.is_told("paused", file=number)
        _goes_on(it, offered)
        taken, receiving, number = _half_taken(it)
        receiving.conn.end(CloseCode.PAUSED)
        it.is_told("paused", ours=True, file=number)
        assert taken.answer is not None
        it.link.conn.send(taken.answer)
        _comes_on(it, taken, receiving.stream)


@check
def p2pm_has_it_wait() -> None:
    with pair() as it:
        offered, sending, number = _half_sent(it)
        equal(it.abdul.control.ask("pause_file", file=number)["answer"], "done")
        sending.ends_with(CloseCode.PAUSED)
        it.is_told("paused", file=number)
        offered.answer = None
        equal(it.abdul.control.ask("resume_file", file=number)["answer"], "done")
        it.link.run_until(lambda: offered.answer is not None)
        assert offered.answer is not None
        equal((offered.answer.verdict, offered.answer.attempt), (Verdict.TAKEN, offered.offer.attempt))
        _goes_on(it, offered)
        taken = it.is_offered(source(it))
        number = it.file_to_take(ours=True)
        receiving = Receiving(it.takes(taken), len(CONTENT))
        equal(it.abdul.control.ask("pause_file", file=number)["answer"], "done")
        receiving.ends_with(CloseCode.PAUSED)
        it.is_told("paused", ours=True, file=number)
        equal(it.abdul.control.ask("resume_file", file=number)["answer"], "done")
        _comes_on(it, taken, receiving.stream)
