"""A client of a community server: section 10."""

import time
from typing import Callable

from peer.connection import Connection, connect
from peer.faults import CloseCode, Fault
from peer.fields import Endpoint, User
from peer.handshake import Terms, initiate
from peer.limits import USERS_MAX, Service
from peer.messages import Join, Joined, JoinRefused, List, ListPage, Message, Presence, Subscribe

ANSWER_TIME = 30.0
"""Seconds that we wait for anything that must come."""


class CommunityClient:
    """Joins, lists, and follows who is online in `online`."""

    def __init__(self, conn: Connection) -> None:
        """`conn` is OPEN for the community service."""
        self.conn = conn
        self.online: dict[str, Endpoint] = {}
        self.presences: list[Presence] = []
        self._ever_subscribed = False
        self._join_asked = False
        self._listing = False
        self._list_again = False
        self._listed: list[User] = []
        self._list_count = 0

    @classmethod
    def connect(cls, port: int, password: bytes) -> "CommunityClient":
        conn = connect(port)
        initiate(conn, Terms(Service.COMMUNITY, password))
        return cls(conn)

    def join(self, name: str, node_port: int) -> Joined | JoinRefused:
        self.conn.send(Join(node_port, name))
        self._join_asked = True
        deadline = time.monotonic() + ANSWER_TIME
        while True:
            message = self._step(deadline)
            if isinstance(message, (Joined, JoinRefused)):
                return message

    def subscribe(self, on: bool = True) -> None:
        self._ever_subscribed = self._ever_subscribed or on
        self.conn.send(Subscribe(on))

    def list(self) -> list[User]:
        """Everybody online, one page after the other. `online` follows."""
        self._ask_for_list()
        deadline = time.monotonic() + ANSWER_TIME
        while self._listing:
            self._step(deadline)
        return self._listed

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Takes what the server tells until `true()`; gives the server up after `ANSWER_TIME`."""
        deadline = time.monotonic() + ANSWER_TIME
        while not true():
            self._step(deadline)

    def leave(self) -> None:
        self.conn.end(CloseCode.GOODBYE)

    def _ask_for_list(self) -> None:
        self.conn.send(List())
        self._listing, self._list_again, self._listed, self._list_count = True, False, [], 0

    def _step(self, deadline: float) -> Message:
        message = self.conn.receive(deadline)
        match message:
            case Joined() | JoinRefused() if self._join_asked:
                self._join_asked = False
            case ListPage() if self._listing:
                self._take_page(message)
            case Presence() if self._ever_subscribed:
                self._take_presence(message)
            case _:
                raise self.conn.refuse(Fault.STATE)
        return message

    def _take_page(self, page: ListPage) -> None:
        self._list_count += max(1, len(page.users))
        if self._list_count > USERS_MAX:
            raise self.conn.refuse(Fault.VALUE)
        if len({user.name for user in page.users}) < len(page.users):
            raise self.conn.refuse(Fault.VALUE)
        self._listed += page.users
        self.online.update((user.name, user.endpoint) for user in page.users)
        if page.last:
            self._listing = False
            if self._list_again:
                self.online.clear()
                self._ask_for_list()

    def _take_presence(self, presence: Presence) -> None:
        self.presences.append(presence)
        if presence.missed:
            self.online.clear()
            if self._listing:
                self._list_again = True
            else:
                self._ask_for_list()
        for change in presence.changes:
            if change.endpoint is None:
                self.online.pop(change.name, None)
            else:
                self.online[change.name] = change.endpoint


