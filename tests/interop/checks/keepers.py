"""Letters: `p2pm` entrusts them to the peer, and takes them from it; the peer entrusts and takes, too."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Iterator

from checks.checking import PASSWORD, SECRET, check, ends, equal
from checks.control import RunningNode
from peer import identity
from peer.circles import Circle
from peer.faults import CloseCode, EndedByPeer, Fault
from peer.keeper_messages import Fate, sign_receipt
from peer.limits import HELD_TEXT_MAX
from peer.link import Link, Node
from peer.mailbox import Mailbox
from peer.messages import Scope

CIRCLE = Circle(SECRET)


LONGEST = "é" * (HELD_TEXT_MAX // 2)
"""The longest text that can be a letter."""


@dataclass
class Apart:
    """Katie and Abdul, who know each other and cannot reach each other, and we, a keeper whom both know."""

    katie: RunningNode
    abdul: RunningNode
    board: Node
    katie_key: bytes
    abdul_key: bytes

    @property
    def mailbox(self) -> Mailbox:
        assert self.board.mailbox is not None
        return self.board.mailbox

    def with_katie(self) -> Link:
        return mutual(self.board, self.katie.port)

    def with_abdul(self) -> Link:
        return mutual(self.board, self.abdul.port)

    def says(self, text: str, to: str = "abdul") -> int:
        return self.katie.control.ask("say", text=text, to=to)["message"]

    def is_held(self, link: Link, number: int) -> None:
        """Katie, at the other end of the link, entrusts all that she has said up to this number, and is told that we have it."""
        link.run_until(lambda: (link.peer.run, number) in [
            (held.letter.run, held.letter.number) for held in self.mailbox.letters])
        self.katie.listener.news("held", message=number, to=_person("abdul", self.abdul_key))

    def holds(self, *texts: str) -> Link:
        """We hold these of Katie, each of which she has said to Abdul. The link with her."""
        link = self.with_katie()
        for text in texts:
            self.is_held(link, self.says(text))
        return link

    def passes(self, link: Link) -> list[Fate]:
        """Abdul, at the other end of the link, is brought all that we hold. What has become of it."""
        link.run_until(lambda: not self.mailbox.letters)
        return [kept.fate for _, _, kept in self.mailbox.untold]

    def shows(self, text: str) -> None:
        """What Abdul is shown next is this, of Katie."""
        said = self.abdul.listener.news("said")
        equal((said["from"], said["text"]), (_person("katie", self.katie_key), text))
        equal((said["missed"], said["to_all"]), (False, False))

    def hears(self, link: Link, number: int) -> None:
        """Katie, at the other end of the link, hears that all is received up to this number."""
        link.run_until(lambda: not self.mailbox.untold)
        self.katie.listener.news("received", message=number, by=_person("abdul", self.abdul_key))


def mutual(node: Node, port: int) -> Link:
    link = node.dial(port)
    link.admit()
    link.run_until(lambda: link.is_mutual)
    return link


def _person(name: str, key: bytes) -> dict:
    return {"name": name, "tag": identity.tag(key)}


def _came(one: RunningNode, name: str) -> None:
    while one.listener.news("came")["who"]["name"] != name:
        pass


@contextmanager
def apart() -> Iterator[Apart]:
    """Abdul is away. Who starts again does so on another port, so that neither finds the other one where it was."""
    with RunningNode(PASSWORD, "katie") as katie, RunningNode(PASSWORD, "abdul") as abdul, \
            Node(CIRCLE, "board") as board:
        board.mailbox = Mailbox()
        links = [mutual(board, one.port) for one in (katie, abdul)]
        for link in links:
            link.goodbye()
        equal(katie.control.ask("connect", address=f"127.0.0.1:{abdul.port}")["answer"], "done")
        _came(katie, "abdul")
        _came(abdul, "katie")
        abdul.leave()
        katie.leave()
        katie.come()
        yield Apart(katie, abdul, board, *(link.peer.key for link in links))


@check
def a_keeper_passes_on_what_p2pm_entrusts() -> None:
    with apart() as it:
        it.says("at eight?")
        link = it.with_katie()
        last = it.says(LONGEST)
        it.is_held(link, last)
        it.abdul.come()
        equal(it.passes(it.with_abdul()), [Fate.DELIVERED] * 2)
        it.shows("at eight?")
        it.shows(LONGEST)
        it.hears(link, last)


@check
def p2pm_entrusts_no_text_that_is_too_long_nor_what_is_after_it() -> None:
    with apart() as it:
        link = it.holds("first")
        it.says(LONGEST + "a")
        it.says("last")
        it.says("to the keeper", to="board")
        link.run_until(lambda: bool(link.texts))
        equal([held.letter.text for held in it.mailbox.letters], ["first"])


@check
def what_a_keeper_brings_twice_is_shown_once() -> None:
    with apart() as it:
        with_katie = it.holds("one")
        (first,) = it.mailbox.letters
        it.abdul.come()
        link = it.with_abdul()
        it.passes(link)
        it.mailbox.letters.append(first)
        equal(it.passes(link), [Fate.DELIVERED] * 2)
        it.is_held(with_katie, it.says("two"))
        it.passes(link)
        it.shows("one")
        it.shows("two")


@check
def what_is_missing_is_waited_for() -> None:
    with apart() as it:
        with_katie = it.holds("one", "two")
        first, second = it.mailbox.letters
        it.abdul.come()
        it.mailbox.letters = [second]
        link = it.with_abdul()
        equal(it.passes(link), [Fate.NOT_HELD])
        it.mailbox.letters = [first, second]
        it.passes(link)
        it.shows("one")
        it.shows("two")
        it.hears(with_katie, second.letter.number)


@check
def p2pm_says_itself_what_was_entrusted() -> None:
    """The keeper's letter is too late then."""
    with apart() as it:
        it.holds("one")
        it.abdul.come()
        equal(it.katie.control.ask("connect", address=f"127.0.0.1:{it.abdul.port}")["answer"], "done")
        it.shows("one")
        it.says("two")
        equal(it.passes(it.with_abdul()), [Fate.DELIVERED])
        it.shows("two")


@check
def p2pm_shows_no_letter_that_its_author_has_not_signed() -> None:
    with apart() as it:
        it.holds("at eight?")
        (good,) = it.mailbox.letters
        letter, other = good.letter, Node(CIRCLE, "zoe").identity
        it.abdul.come()
        for name, bad in [
            ("text", replace(good, letter=replace(letter, text="at nine?"))),
            ("scope", replace(good, letter=replace(letter, scope=Scope.ALL))),
            ("run", replace(good, letter=replace(letter, run=letter.run ^ 1))),
            ("number", replace(good, letter=replace(letter, number=letter.number + 1))),
            ("given up", replace(good, letter=replace(letter, number=9, previous=8, given_up=True))),
            ("for another", replace(good, signature=letter.sign(other, it.board.identity.key))),
            ("signed by another", replace(good, signature=letter.sign(other, it.abdul_key))),
            ("no signature", replace(good, signature=bytes(64))),
        ]:
            it.mailbox.letters = [bad]
            link = it.with_abdul()
            ends(CloseCode.FAULT, Fault.PROOF, lambda: link.run_until(lambda: False), EndedByPeer, name)
        it.mailbox.letters = [good]
        equal(it.passes(it.with_abdul()), [Fate.DELIVERED])
        it.shows("at eight?")


@check
def p2pm_takes_no_letter_of_whom_it_does_not_know() -> None:
    with apart() as it:
        it.holds("at eight?")
        (good,) = it.mailbox.letters
        it.abdul.come()
        for author in (Node(CIRCLE, "zoe").identity, it.board.identity):
            signature = good.letter.sign(author, it.abdul_key)
            it.mailbox.letters.insert(0, replace(good, author=author.key, signature=signature))
        equal(it.passes(it.with_abdul()), [Fate.NOT_HELD] * 2 + [Fate.DELIVERED])
        it.shows("at eight?")


@check
def a_keeper_brings_new_runs() -> None:
    with apart() as it:
        it.holds("one", "two")
        first, second = it.mailbox.letters
        it.katie.leave()
        it.katie.come()
        it.holds("three")
        third = it.mailbox.letters[-1]
        it.abdul.come()
        it.mailbox.letters = [second, third, first]  # the second one waits for the first
        equal(it.passes(it.with_abdul()), [Fate.NOT_HELD, Fate.DELIVERED, Fate.DELIVERED])
        it.shows("three")
        it.shows("one")


@check
def p2pm_believes_no_receipt_that_the_addressee_has_not_signed() -> None:
    with apart() as it:
        link = it.holds("at eight?")
        (good,) = it.mailbox.letters
        run, number, zoe = good.letter.run, good.letter.number, Node(CIRCLE, "zoe").identity
        for name, signature in [
            ("signed by the keeper", sign_receipt(it.board.identity, it.katie_key, run, number)),
            ("signed by another", sign_receipt(zoe, it.katie_key, run, number)),
            ("the letter's", good.signature),
            ("no signature", bytes(64)),
        ]:
            it.mailbox.untold = [(it.katie_key, run, good.fate(Fate.DELIVERED, signature))]
            ends(CloseCode.FAULT, Fault.PROOF, lambda: link.run_until(lambda: False), EndedByPeer, name)
            # It is entrusted again, so it was not received.
            it.mailbox.letters.clear()
            link = it.with_katie()
            link.run_until(lambda: bool(it.mailbox.letters))
        it.abdul.come()
        it.passes(it.with_abdul())
        it.shows("at eight?")
        it.hears(link, number)
