"""Letters on one link, for each of its two nodes: as author, as keeper and as addressee. Section 16.10."""

from typing import TYPE_CHECKING

from peer.faults import Fault, ProtocolFault
from peer.keeper_messages import Entrust, Fate, Keeps, Kept, Letter, Pass, Took, is_receipt, sign_receipt
from peer.limits import HELD_TEXT_MAX
from peer.mailbox import Held

if TYPE_CHECKING:
    from peer.link import Link, Memory, Node


class Letters:
    def __init__(self, node: "Node", link: "Link") -> None:
        self._node, self._link = node, link
        self.peer_keeps = False
        self._we_said_keeps = False
        self._entrusted: dict[bytes, int] = {}
        """As author: the last letter that was entrusted for each addressee."""
        self._unanswered: tuple[bytes, int] | None = None
        """As author: addressee and number of the letter that waits for a Kept."""
        self.without_room: set[bytes] = set()
        """As author: the addressees for whom nothing more is entrusted."""
        self._passed: Held | None = None
        """As keeper: the letter that waits for a Took."""

    def go_on(self) -> None:
        """Says what is to be said now on a link that is MUTUAL."""
        if self._node.mailbox is not None:
            self._keep(self._node.mailbox.news_for(self._link.peer.key, self._link.peer.run))
        if self.peer_keeps and self._unanswered is None:
            self._entrust()

    def handle(self, message: Keeps | Entrust | Kept | Pass | Took) -> None:
        match message:
            case Keeps() if not self.peer_keeps:
                self.peer_keeps = True
            case Entrust() if self._we_said_keeps:
                self._take_entrusted(message)
            case Kept() if self.peer_keeps:
                self._take_fate(message)
            case Pass() if self.peer_keeps:
                self._link.conn.send(self._take_passed(message))
            case Took() if self._passed is not None:
                self._take_answer(self._passed, message)
            case _:
                raise ProtocolFault(Fault.STATE)

    # As keeper.

    def _keep(self, news: list[Kept]) -> None:
        if not self._we_said_keeps:
            self._we_said_keeps = True
            self._link.conn.send(Keeps())
        for kept in news:
            self._link.conn.send(kept)
        held = self._node.mailbox.first_for(self._link.peer.key)
        if held is not None and self._passed is None:
            self._passed = held
            self._link.conn.send(Pass(held.author, held.signature, held.letter))

    def _take_entrusted(self, entrusted: Entrust) -> None:
        author, letter = self._link.peer, entrusted.letter
        if letter.run != author.run:
            raise ProtocolFault(Fault.VALUE)
        if not letter.is_signed(entrusted.signature, author.key, entrusted.key):
            raise ProtocolFault(Fault.PROOF)
        new = Held(author.key, entrusted.key, entrusted.signature, letter)
        is_held = entrusted.key in self._node.memories and self._node.mailbox.hold(new)
        self._link.conn.send(new.fate(Fate.HELD if is_held else Fate.NOT_HELD))

    def _take_answer(self, passed: Held, took: Took) -> None:
        if took.signature and not is_receipt(
                took.signature, passed.addressee, passed.author, passed.letter.run, passed.letter.number):
            raise ProtocolFault(Fault.PROOF)
        self._passed = None
        fate = Fate.DELIVERED if took.signature else Fate.NOT_HELD
        self._node.mailbox.end(passed, fate, took.signature)

    # As author.

    def _entrust(self) -> None:
        """Entrusts the first letter that is to be."""
        for key in self._node.away - self.without_room:
            letter = self._next_for(key, self._node.memories[key])
            if letter is not None:
                self._entrusted[key], self._unanswered = letter.number, (key, letter.number)
                signature = letter.sign(self._node.identity, key)
                self._link.conn.send(Entrust(key, signature, letter))
                return

    def _next_for(self, key: bytes, memory: "Memory") -> Letter | None:
        after = max(memory.received, self._entrusted.get(key, 0))
        said = next((said for said in memory.sent if said.number > after), None)
        if said is None or said.total > HELD_TEXT_MAX:
            return None
        return Letter(self._node.run, said.scope, said.number, memory.before(said), False, said.part)

    def _take_fate(self, kept: Kept) -> None:
        memory = self._node.memories.get(kept.key)
        if memory is None:
            return
        if kept.number > memory.last_sent:
            raise ProtocolFault(Fault.VALUE)
        if kept.number > memory.received:
            self._take_news(kept, memory)
        if self._unanswered == (kept.key, kept.number):
            self._unanswered = None

    def _take_news(self, kept: Kept, memory: "Memory") -> None:
        match kept.fate:
            case Fate.HELD:
                memory.held = kept.number
            case Fate.NOT_HELD:
                self.without_room.add(kept.key)
                self._entrusted[kept.key] = min(self._entrusted.get(kept.key, 0), kept.number - 1)
            case Fate.DELIVERED:
                us = self._node
                if not is_receipt(kept.signature, kept.key, us.identity.key, us.run, kept.number):
                    raise ProtocolFault(Fault.PROOF)
                memory.received = kept.number
                self.without_room.discard(kept.key)

    # As addressee.

    def _take_passed(self, passed: Pass) -> Took:
        """The steps of section 16.10."""
        author, letter, us = passed.key, passed.letter, self._node.identity
        memory = self._node.memories.get(author)
        if memory is None or author in self._node.refused or author == self._link.peer.key:
            return Took()
        heard = memory.history.kept(letter.run)
        if heard is None:
            return Took()
        is_new = letter.number > heard
        if is_new and letter.previous > heard and not letter.given_up:
            return Took()
        if not letter.is_signed(passed.signature, author, us.key):
            raise ProtocolFault(Fault.PROOF)
        if is_new:
            self._link.show(letter.scope, letter.number, letter.text, letter.previous > heard, author)
            memory.history.received(letter.run, letter.number)
        return Took(sign_receipt(us, author, letter.run, letter.number))
