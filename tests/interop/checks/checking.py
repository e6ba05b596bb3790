"""What the checks share: how they are collected, run and judged, and what they run against."""

import socket
import threading
import time
import traceback
from contextlib import contextmanager
from typing import Callable, Iterator

from checks.programs import PATIENCE, community_server, node_server
from peer.connection import Connection, connect
from peer.faults import CloseCode, Ended, EndedByPeer, EndedByUs
from peer.handshake import Terms, initiate
from peer.limits import Service

PASSWORD = "open sesame"
SECRET = PASSWORD.encode()
WRONG = b"let me in"

Check = Callable[[], None]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


class Skipped(Exception):
    """A check cannot be run here, and why."""


def run(one: Check) -> bool | None:
    """Runs a check, says how it went, and returns whether it passed; None if it was skipped."""
    name = f"{one.__module__.removeprefix('checks.')}: {one.__name__.replace('_', ' ')}"
    began, trace = time.monotonic(), ""
    try:
        one()
    except Skipped as why:
        print(f"SKIPPED {name}: {why}", flush=True)
        return None
    except Exception:
        trace = traceback.format_exc()
    print(f"{'FAILED' if trace else 'ok    '}  {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if trace:
        print(trace, flush=True)
    return not trace


def equal(found: object, wanted: object, what: str = "") -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} instead of {wanted!r}")


def ends(code: CloseCode, value: int, function: Callable[[], object],
         by: type[EndedByPeer] | type[EndedByUs], what: str = "") -> None:
    """`function` must end with this Close, sent by the peer or by us."""
    try:
        result = function()
    except by as end:
        equal((end.code, end.value), (code, value), what)
        return
    except Ended as end:
        raise AssertionError(f"{what}: {end!r}") from None
    raise AssertionError(f"{what}: {result!r} instead of {code.name}")


class Async:
    """Something that runs in a thread; `result` waits for it and raises what it raised."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._value: object = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:
            self._error = error

    def result(self) -> object:
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise AssertionError("still running")
        if self._error is not None:
            raise self._error
        return self._value


def soon() -> float:
    """The moment at which patience ends."""
    return time.monotonic() + PATIENCE


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(PATIENCE)
        yield listener


def port_of(listener: socket.socket) -> int:
    return listener.getsockname()[1]


def opened(port: int, service: Service) -> Connection:
    conn = connect(port)
    initiate(conn, Terms(service, SECRET))
    return conn


@contextmanager
def their_node() -> Iterator[int]:
    node, port = node_server(PASSWORD)
    with node:
        yield port


@contextmanager
def their_server() -> Iterator[int]:
    server, port = community_server(PASSWORD)
    with server:
        yield port
