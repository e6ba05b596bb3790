"""One TCP connection: whole frames both ways, time limits (section 8) and ending (section 9)."""

import select
import socket
import time

from peer import frames
from peer.faults import CloseCode, EndedByPeer, EndedByUs, Fault, Lost, ProtocolFault
from peer.limits import (
    FRAME_BYTES_PER_SECOND,
    FRAME_LEN,
    FRAME_TIMEOUT,
    GUESS_INTERVAL,
    HANDSHAKE_TIMEOUT,
    KEEPALIVE_INTERVAL,
    LINGER_TIMEOUT,
    SILENCE_TIMEOUT,
)
from peer.messages import Close, KeepAlive, Message, decode
from peer.sealing import Opener, Sealer

LOOPBACK = "127.0.0.1"


class Connection:
    """One end of a conversation: messages in and out, which travel as the state wants it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.keepalive_interval = KEEPALIVE_INTERVAL
        self.silence_timeout = SILENCE_TIMEOUT
        self.handshake_deadline = time.monotonic() + HANDSHAKE_TIMEOUT
        self.may_send_close = True
        """False for an initiator that must not: section 7."""
        self._sock = sock
        self._buffer = bytearray()
        self._frame_began: float | None = None
        self._sealer: Sealer | None = None
        self._opener: Opener | None = None
        self._open = False
        self._service: int | None = None
        self.frame_len = FRAME_LEN
        self._last_sent = self._last_received = time.monotonic()

    def seal_from_here(self, sealer: Sealer, opener: Opener, service: int, frame_len: int = FRAME_LEN) -> None:
        """The connection is OPEN: from here on frames are sealed and this long, KeepAlive and silence count."""
        self._sealer, self._opener, self._open = sealer, opener, True
        self._service, self.frame_len = service, frame_len
        self._last_received = time.monotonic()

    @property
    def frame_timeout(self) -> float:
        """Seconds in which a frame crosses: section 8."""
        return FRAME_TIMEOUT + (self.frame_len - FRAME_LEN) / FRAME_BYTES_PER_SECOND

    @property
    def sealed(self) -> bool:
        return self._opener is not None

    def peer_address(self) -> str:
        return self._sock.getpeername()[0]

    def send(self, message: Message) -> None:
        self.send_plain(frames.build(message.kind, message.encode(), self.frame_len))

    def send_plain(self, plain: bytes) -> None:
        """Sends a plain frame as the state wants it: sealed or in the clear."""
        self.send_wire(self.travelling(plain))

    def travelling(self, plain: bytes) -> bytes:
        """The next frame of this direction, as it travels."""
        return self._sealer.seal(plain) if self._sealer else plain

    def send_wire(self, data: bytes) -> None:
        """Sends bytes as they are. What is not taken in time ends the connection without a word."""
        deadline, view = time.monotonic() + self.frame_timeout, memoryview(data)
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self._sock], [], left)[1]:
                self._sock.close()
                raise Lost("the peer does not take our frame")
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                self._sock.close()
                raise Lost(str(error)) from None
        self._last_sent = time.monotonic()

    def receive(self, deadline: float) -> Message:
        """The next message that is no KeepAlive of an open connection.

        Answers a fault and a time limit as section 9 says, and raises EndedByUs. A Close of the
        peer's raises EndedByPeer.
        """
        message = self.receive_or_none(deadline)
        if message is None:
            self.end(CloseCode.TIMED_OUT)
            raise EndedByUs(CloseCode.TIMED_OUT)
        return message

    def receive_or_none(self, deadline: float) -> Message | None:
        """Like `receive`, but None when the deadline is over: the conversation goes on."""
        while True:
            try:
                raw = self._receive_wire(deadline)
                if raw is None:
                    return None
                was_sealed = self.sealed
                kind, body = frames.parse(self._opener.open(raw) if self._opener else raw)
                message = decode(kind, body, self._service)
            except ProtocolFault as problem:
                raise self.refuse(problem.fault) from None
            self._last_received = time.monotonic()
            if isinstance(message, Close):
                self._sock.close()
                raise EndedByPeer(message.code, _plausible(message), was_sealed)
            if isinstance(message, KeepAlive) and self._open:
                continue
            return message

    def _receive_wire(self, deadline: float) -> bytes | None:
        while len(self._buffer) < self.frame_len:
            now = time.monotonic()
            limit = deadline
            if self._frame_began is not None:
                limit = min(limit, self._frame_began + self.frame_timeout)
            if self._open:
                limit = min(limit, self._last_received + self.silence_timeout)
            if now >= limit:
                if limit == deadline:
                    return None
                self.end(CloseCode.TIMED_OUT)
                raise EndedByUs(CloseCode.TIMED_OUT)
            wake = limit
            if self._open:
                if now >= self._last_sent + self.keepalive_interval:
                    self.send(KeepAlive())
                wake = min(wake, self._last_sent + self.keepalive_interval)
            if not select.select([self._sock], [], [], max(0.0, wake - now))[0]:
                continue
            try:
                data = self._sock.recv(1 << 18)
            except BlockingIOError:
                continue
            except OSError as error:
                self._sock.close()
                raise Lost(str(error)) from None
            if not data:
                self._sock.close()
                raise Lost("end of stream")
            if not self._buffer:
                self._frame_began = time.monotonic()
            self._buffer += data
        frame = bytes(self._buffer[: self.frame_len])
        del self._buffer[: self.frame_len]
        self._frame_began = time.monotonic() if self._buffer else None
        return frame

    def refuse(self, fault: Fault) -> EndedByUs:
        """Answers a fault of the peer's; the caller raises what this returns."""
        self.end(CloseCode.FAULT, fault)
        return EndedByUs(CloseCode.FAULT, fault)

    def end(self, code: CloseCode, value: int = 0) -> None:
        """Says why, waits until the peer hangs up, at most the linger time, and closes."""
        deadline = time.monotonic() + LINGER_TIMEOUT
        try:
            if self.may_send_close and self._sock.fileno() >= 0:
                self.send(Close(code, value))
                self._linger(deadline)
        except (Lost, OSError):
            pass
        finally:
            self._sock.close()

    def _linger(self, deadline: float) -> None:
        """Discards what comes until the stream ends or a Close crosses ours."""
        while True:
            while len(self._buffer) >= self.frame_len:
                raw = bytes(self._buffer[: self.frame_len])
                del self._buffer[: self.frame_len]
                try:
                    plain = self._opener.open(raw) if self._opener else raw
                    if isinstance(decode(*frames.parse(plain), self._service), Close):
                        return
                except ProtocolFault:
                    pass
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._sock], [], [], left)[0]:
                return
            data = self._sock.recv(1 << 18)
            if not data:
                return
            self._buffer += data

    def stop_sending(self) -> None:
        """Ends the stream of this direction without a word."""
        self._sock.shutdown(socket.SHUT_WR)

    def drop(self) -> None:
        """Closes without a word."""
        self._sock.close()


def _plausible(close: Close) -> int:
    """The value, but for a wait that is longer than it can be: section 7.2."""
    if close.code is CloseCode.TOO_MANY_GUESSES:
        return min(close.value, int(GUESS_INTERVAL))
    return close.value


def connect(port: int, source: str | None = None, host: str = LOOPBACK) -> Connection:
    """A connection to a port, of this machine unless it is another host's, from one of this machine's addresses."""
    return Connection(socket.create_connection(
        (host, port), timeout=HANDSHAKE_TIMEOUT, source_address=(source, 0) if source else None))
