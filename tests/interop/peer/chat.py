"""A private chat, for the one who calls and the one who is called: section 11."""

import socket
import time

from peer.connection import Connection, connect
from peer.faults import CloseCode, EndedByUs, Fault
from peer.guesses import GuessBook
from peer.handshake import Terms, initiate, respond
from peer.limits import RING_TIMEOUT, TEXT_MAX, Service
from peer.messages import Call, CallAccepted, Text, Turns

ANSWER_TIME = 30.0
"""Seconds that we wait for anything that must come."""


class Chat:
    """A chat in state CHAT."""

    def __init__(self, conn: Connection, turns: Turns, caller: bool) -> None:
        self.conn, self.turns = conn, turns
        self._my_turn = caller

    def may_write(self) -> bool:
        return self.turns is Turns.FREE or self._my_turn

    def say(self, text: str) -> None:
        if len(text.encode("utf-8")) > TEXT_MAX:
            raise ValueError("the text is longer than 1000 bytes")
        if not self.may_write():
            raise ValueError("it is not our turn")
        self.conn.send(Text(text))
        self._my_turn = False

    def hear(self) -> str:
        """The other side's next text; it is given up after `ANSWER_TIME`."""
        message = self.conn.receive(time.monotonic() + ANSWER_TIME)
        if not isinstance(message, Text):
            raise self.conn.refuse(Fault.STATE)
        if self.turns is Turns.LINEAR and self._my_turn:
            raise self.conn.refuse(Fault.TURN)
        self._my_turn = True
        return message.text

    def quit(self) -> None:
        self.conn.end(CloseCode.GOODBYE)


def call(port: int, password: bytes, turns: Turns, name: str | None) -> Chat:
    """Calls a node and waits until its user takes the call."""
    conn = connect(port)
    initiate(conn, Terms(Service.CHAT, password))
    conn.send(Call(turns, name))
    answer = conn.receive(time.monotonic() + RING_TIMEOUT)
    if not isinstance(answer, CallAccepted):
        raise conn.refuse(Fault.STATE)
    if answer.turns is Turns.FREE and turns is Turns.LINEAR:
        raise conn.refuse(Fault.VALUE)
    return Chat(conn, answer.turns, caller=True)


class Node:
    """Listens for calls. `refusal` is what a Call is answered with if it is not taken."""

    def __init__(self, password: bytes, free: bool = False) -> None:
        self._password, self._free = password, free
        self._book = GuessBook()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(ANSWER_TIME)
        self.port: int = self._listener.getsockname()[1]
        self.refusal: CloseCode | None = None

    def take_call(self) -> Chat:
        """Takes one connection and makes a chat of it, or raises why not."""
        conn = Connection(self._listener.accept()[0])
        respond(conn, Terms(Service.CHAT, self._password), self._book)
        incoming = conn.receive(conn.handshake_deadline)
        if not isinstance(incoming, Call):
            raise conn.refuse(Fault.STATE)
        if self.refusal is not None:
            conn.end(self.refusal)
            raise EndedByUs(self.refusal)
        turns = Turns.FREE if self._free and incoming.turns is Turns.FREE else Turns.LINEAR
        conn.send(CallAccepted(turns))
        return Chat(conn, turns, caller=False)

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
