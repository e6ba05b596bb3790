"""Links: a node that dials and is dialled. Section 16."""

import secrets
import socket
import time
from dataclasses import dataclass, field, replace
from typing import Callable

from peer import cpace, identity
from peer.circles import Circle
from peer.connection import LOOPBACK, Connection, connect
from peer.faults import CloseCode, EndedByUs, Fault, ProtocolFault
from peer.fields import Endpoint
from peer.guesses import GuessBook
from peer.handshake import Terms, initiate, respond
from peer.identity import INITIATOR, RESPONDER, Identity
from peer.keeper_messages import Entrust, Keeps, Kept, Pass, Took
from peer.letters import Letters
from peer.limits import CONNECT_TIMEOUT, LINK_TEXT_MAX, PART_MAX, Service
from peer.mailbox import History, Mailbox
from peer.messages import (
    Admit, Answer, AskReception, Introduce, Message, Name, Offer, Receipt, Reception, Roster, Say, Scope, Withdraw,
)
from peer.offers import Offers


TIE_BREAK_LEN = 8
Address = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True)
class Heard:
    """A whole text."""

    scope: Scope
    number: int
    text: str
    missed: bool
    """Whether messages before it are missing."""
    author: bytes | None = None
    """Who has written it, if a keeper has passed it on."""


@dataclass
class Memory:
    """What a node remembers of another one, over all links with it."""

    history: History = field(default_factory=History)
    sent: list[Say] = field(default_factory=list)
    """First parts of what was said to it, with the whole text as the part."""
    received: int = 0
    """Number of our last message that it has received."""
    held: int = 0
    """Number of our last message to it that a keeper has said to hold."""
    offers: Offers = field(default_factory=Offers)

    @property
    def last_sent(self) -> int:
        return max((said.number for said in self.sent), default=0)

    def before(self, said: Say) -> int:
        """Number of the message before this one; 0 if it was received."""
        before = max((it.number for it in self.sent if it.number < said.number), default=0)
        return before if before > self.received else 0


class Link:
    """A link with one node, from the introduction on. `run_until` drives it."""

    def __init__(self, node: "Node", conn: Connection, keys: cpace.Keys, dialled: Address | None) -> None:
        self.conn, self._node = conn, node
        self.keys, self._dialled = keys, dialled
        """`dialled` is what we have dialled; None if we were."""
        ours, theirs = (RESPONDER, INITIATOR) if dialled is None else (INITIATOR, RESPONDER)
        conn.send(node.introduction(keys.exported(ours)))
        message = conn.receive(time.monotonic() + CONNECT_TIMEOUT)
        if not isinstance(message, Introduce):
            raise conn.refuse(Fault.STATE)
        if not identity.is_proof(message.proof, message.key, keys.exported(theirs)):
            raise conn.refuse(Fault.PROOF)
        self.peer = message
        if message.key == node.identity.key or message.key in node.refused:
            conn.end(CloseCode.REFUSED)
            raise EndedByUs(CloseCode.REFUSED)
        self.memory = node.memories.setdefault(message.key, Memory())
        self.memory.history.linked(message.run)
        self.name: str | None = None
        self.texts: list[Heard] = []
        self.neighbours: dict[bytes, Endpoint] = {}
        self.hears = 0
        """What we say that we hear of the other node's discovery."""
        self.was_asked = False
        self.reception: int | None = None
        """What it hears of ours, by its last answer."""
        self._asks = False
        self.we_admit = self.they_admit = False
        self.confirms = True
        """False to lose what comes, as a connection that breaks does."""
        self._half: list[Say] = []
        self.letters = Letters(node, self)
        conn.send(Name(node.name))

    @property
    def is_mutual(self) -> bool:
        return self.we_admit and self.they_admit

    def admit(self) -> None:
        self.we_admit = True
        self.conn.send(Admit(self._heard))
        self._begin_if_mutual()

    def run_until(self, true: Callable[[], bool], limit: float = 30.0) -> None:
        """Takes what the other node says until `true()`."""
        deadline = time.monotonic() + limit
        while True:
            if self.is_mutual:
                self.letters.go_on()
            if true():
                return
            message = self.conn.receive(deadline)
            try:
                self._handle(message)
            except ProtocolFault as problem:
                raise self.conn.refuse(problem.fault) from None

    @property
    def _heard(self) -> int:
        """Number of its last message in this run that was received whole."""
        return self.memory.history.heard(self.peer.run)

    def say(self, text: str, scope: Scope = Scope.ONE) -> int:
        """Says a text over this link alone, now or when it is MUTUAL, and returns its number."""
        said = self._node.write(self.peer.key, text, scope)
        if self.is_mutual:
            self._send(said)
        return said.number

    def say_again(self) -> None:
        """Says what was said last once more, as after a lost receipt."""
        self._send(self.memory.sent[-1])

    def skip_number(self) -> None:
        """Gives a message up before it is sent."""
        self.memory.sent.append(Say(Scope.ONE, self._node.next_number(), 0, 0, 0, ""))

    @property
    def tie_break(self) -> bytes:
        """By which two links that one side has dialled are told apart."""
        return self.keys.exported(b"tie break")[:TIE_BREAK_LEN]

    def tell(self, *neighbours: tuple[bytes, Endpoint]) -> None:
        self.conn.send(Roster(neighbours))

    def ask_reception(self) -> None:
        self._asks, self.reception = True, None
        self.conn.send(AskReception())

    @property
    def offers(self) -> Offers:
        return self.memory.offers

    def transfer(self, agreed: Terms) -> Connection:
        """The connection of a transfer that was agreed on: from whoever has dialled the link."""
        if self._dialled is None:
            return self._node.accept_transfer(agreed)
        host, port = self._dialled
        conn = connect(port, host=host)
        initiate(conn, agreed)
        return conn

    def goodbye(self) -> None:
        self.conn.end(CloseCode.GOODBYE)

    def _begin_if_mutual(self) -> None:
        if self.is_mutual:
            for said in self.memory.sent:
                if said.number > self.memory.received:
                    self._send(said)

    def _send(self, said: Say) -> None:
        if said.total > self.peer.text_max:
            raise ValueError("the other node takes no text so long")
        for part in parts(replace(said, previous=self.memory.before(said))):
            self.conn.send(part)

    def _handle(self, message: Message) -> None:
        match message:
            case Name():
                self.name = message.name
            case Admit() if not self.they_admit:
                self.they_admit = True
                self._take_receipt(message.heard)
                self._begin_if_mutual()
            case Say() if self.is_mutual:
                self._take_part(message)
            case Receipt() if self.is_mutual:
                self._take_receipt(message.number)
            case Roster() if self.is_mutual:
                self.neighbours.update(message.neighbours)
            case AskReception() if self.is_mutual:
                self.conn.send(Reception(self.hears))
                self.was_asked = True
            case Reception() if self.is_mutual and self._asks:
                self._asks, self.reception = False, message.bits
            case Offer() | Answer() | Withdraw() if self.is_mutual:
                self._take_of_transfer(message)
            case Keeps() | Entrust() | Kept() | Pass() | Took() if self.is_mutual:
                if isinstance(message, Pass):
                    self._half = []
                self.letters.handle(message)
            case _:
                raise ProtocolFault(Fault.STATE)

    def _take_of_transfer(self, message: Offer | Answer | Withdraw) -> None:
        match message:
            case Offer():
                answer = self.offers.take_offer(message)
            case Answer():
                answer = self.offers.take_answer(message)
            case Withdraw():
                answer = self.offers.take_withdraw(message)
        if answer is not None:
            self.conn.send(answer)

    def _take_receipt(self, number: int) -> None:
        if number > self.memory.last_sent:
            raise ProtocolFault(Fault.VALUE)
        self.memory.received = max(self.memory.received, number)

    def _take_part(self, part: Say) -> None:
        if part.offset == 0:
            self._half = []
        else:
            last = self._half[-1] if self._half else None
            expected = (last.number, last.total, last.end) if last else None
            if (part.number, part.total, part.offset) != expected:
                raise ProtocolFault(Fault.STATE)
        self._half.append(part)
        if part.end < part.total:
            return
        text = "".join(half.part for half in self._half)
        self._half = []
        if not self.confirms:
            return
        if part.number > self._heard:
            self.show(part.scope, part.number, text, part.previous > self._heard)
            self.memory.history.received(self.peer.run, part.number)
        self.conn.send(Receipt(self._heard))

    def show(self, scope: Scope, number: int, text: str, missed: bool, author: bytes | None = None) -> None:
        self.texts.append(Heard(scope, number, text, missed, author))


def parts(said: Say) -> list[Say]:
    """A text as it crosses: cut between two code points into parts that fit."""
    found: list[Say] = []
    raw, offset = said.part.encode("utf-8"), 0
    while True:
        part = raw[offset : offset + PART_MAX].decode("utf-8", "ignore")
        found.append(Say(said.scope, said.number, said.previous, said.total, offset, part))
        offset = found[-1].end
        if offset >= len(raw):
            return found


class Node:
    """One identity in one circle, which listens on a port of this machine."""

    def __init__(self, circle: Circle, name: str, seed: bytes | None = None) -> None:
        self.circle, self.name = circle, name
        self.identity = Identity(seed or secrets.token_bytes(32))
        self.run = secrets.randbits(32)
        self.text_max = LINK_TEXT_MAX
        self.memories: dict[bytes, Memory] = {}
        self.refused: set[bytes] = set()
        self.mailbox: Mailbox | None = None
        """That of a keeper."""
        self.away: set[bytes] = set()
        """For whom letters are entrusted."""
        self._said = 0
        self._book = GuessBook()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(CONNECT_TIMEOUT)
        self.port: int = self._listener.getsockname()[1]

    def next_number(self) -> int:
        self._said += 1
        return self._said

    def write(self, to: bytes, text: str, scope: Scope = Scope.ONE) -> Say:
        """A text for somebody whom we have been linked with. It is said on the next link, or entrusted."""
        said = Say(scope, self.next_number(), 0, len(text.encode("utf-8")), 0, text)
        self.memories[to].sent.append(said)
        return said

    def knows(self, other: "Node") -> None:
        """Accepts a node that we have not been linked with."""
        self.memories.setdefault(other.identity.key, Memory())

    def introduction(self, exported: bytes) -> Introduce:
        return Introduce(self.identity.key, self.port, self.text_max, self.run, self.identity.prove(exported))

    def dial(self, port: int, host: str = LOOPBACK) -> Link:
        conn = connect(port, host=host)
        keys = initiate(conn, self._terms)
        return Link(self, conn, keys, dialled=(host, port))

    def accept(self) -> Link:
        """Takes the next connection, or raises why not."""
        conn = Connection(self._listener.accept()[0])
        keys = respond(conn, self._terms, self._book)
        return Link(self, conn, keys, dialled=None)

    def accept_transfer(self, agreed: Terms) -> Connection:
        conn = Connection(self._listener.accept()[0])
        respond(conn, agreed, GuessBook())
        return conn

    @property
    def _terms(self) -> Terms:
        return Terms(Service.LINK, self.circle.password, self.circle.marker)

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
