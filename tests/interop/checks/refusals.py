"""What the programs must refuse, with the fault that the document names."""

from typing import Callable

from checks import cases
from checks.checking import (
    PASSWORD,
    SECRET,
    check,
    equal,
    listening,
    opened,
    port_of,
    soon,
    their_node,
    their_server,
)
from checks.programs import calling_client
from checks.puppets import RawInitiator, RawResponder, plain, verdict
from peer import cpace, frames
from peer.connection import Connection, connect
from peer.faults import CloseCode, Fault
from peer.handshake import Marker, no_marker
from peer.limits import Service
from peer.messages import CallAccepted, Close, Join, KeepAlive, Kind, List, Turns


def refuses_in_the_handshake(port: int, service: Service, marker: Marker = no_marker) -> None:
    for case in cases.first_frame_cases(service, marker):
        conn = connect(port)
        conn.send_wire(case.frame)
        equal(verdict(conn), (case.code, case.value, False), case.name)
    for number in range(len(cases.second_frame_cases(RawInitiator(port, service, marker=marker)))):
        us = RawInitiator(port, service, marker=marker)
        case = cases.second_frame_cases(us)[number]
        us.conn.send_wire(case.frame)
        equal(verdict(us.conn), (case.code, case.value, False), case.name)
    conn = connect(port)
    conn.send_wire(bytes(500))
    conn.stop_sending()
    equal(verdict(conn), None, "half a frame, then the end")


def refuses_what_does_not_open(make: Callable[[], Connection], good: bytes) -> None:
    """`make` opens a connection whose other end would take `good`."""

    def flipped(at: int) -> Callable[[Connection], bytes]:
        def flip(conn: Connection) -> bytes:
            frame = bytearray(conn.travelling(good))
            frame[at] ^= 0x80
            return bytes(frame)

        return flip

    def swapped(conn: Connection) -> bytes:
        first, second = conn.travelling(plain(KeepAlive())), conn.travelling(plain(KeepAlive()))
        return second + first

    def left_out(conn: Connection) -> bytes:
        conn.travelling(good)
        return conn.travelling(good)

    makers: list[tuple[str, Callable[[Connection], bytes]]] = [
        ("first bit", flipped(0)),
        ("last byte of the ciphertext", flipped(1007)),
        ("first byte of the tag", flipped(1008)),
        ("last byte of the tag", flipped(1023)),
        ("in the clear", lambda conn: good),
        ("a Close in the clear", lambda conn: plain(Close(CloseCode.GOODBYE))),
        ("twice", lambda conn: conn.travelling(plain(KeepAlive())) * 2),
        ("wrong order", swapped),
        ("one left out", left_out),
    ]
    for name, maker in makers:
        conn = make()
        conn.send_wire(maker(conn))
        equal(verdict(conn), (CloseCode.FAULT, Fault.SEAL, True), name)


def _closes_on_a_close(port: int, service: Service) -> None:
    """Section 9: who receives a Close closes the connection at once and answers nothing."""
    conn = connect(port)
    conn.send(Close(CloseCode.GOODBYE))
    equal(verdict(conn), None, "in place of a Hello")
    conn = RawInitiator(port, service).conn
    conn.send(Close(CloseCode.GOODBYE))
    equal(verdict(conn), None, "in place of Credentials")
    conn = opened(port, service)
    conn.send(Close(CloseCode.GOODBYE))
    equal(verdict(conn), None, "when OPEN")
    us = RawInitiator(port, service)
    us.conn.send_wire(frames.build(Kind.CREDENTIALS, us.credentials) + plain(Close(CloseCode.GOODBYE)))
    equal(verdict(us.open()), (CloseCode.FAULT, Fault.SEAL, True), "in the clear, after the Credentials")


@check
def communityserver_refuses() -> None:
    with their_server() as port:
        refuses_in_the_handshake(port, Service.COMMUNITY)
        _closes_on_a_close(port, Service.COMMUNITY)
        refuses_what_does_not_open(lambda: opened(port, Service.COMMUNITY), plain(List()))
        for case in cases.server_cases():
            conn = opened(port, Service.COMMUNITY)
            conn.send_plain(case.frame)
            equal(verdict(conn), (case.code, case.value, True), case.name)
        conn = opened(port, Service.COMMUNITY)
        conn.send(Join(1, "a"))
        conn.send(Join(1, "b"))
        equal(verdict(conn), (CloseCode.FAULT, Fault.STATE, True), "Join twice")


@check
def nodeserver_refuses() -> None:
    with their_node() as port:
        refuses_in_the_handshake(port, Service.CHAT)
        _closes_on_a_close(port, Service.CHAT)
        refuses_what_does_not_open(lambda: opened(port, Service.CHAT), cases.CALL)
        for case in cases.before_call_cases():
            conn = opened(port, Service.CHAT)
            conn.send_plain(case.frame)
            equal(verdict(conn), (case.code, case.value, True), case.name)
        for name, row, fault in cases.in_chat_cases():
            conn = opened(port, Service.CHAT)
            conn.send_plain(cases.CALL)
            equal(conn.receive(soon()), CallAccepted(Turns.LINEAR), name)
            for frame in row:
                conn.send_plain(frame)
            equal(verdict(conn), (CloseCode.FAULT, fault, True), name)


@check
def client_refuses_in_the_handshake() -> None:
    with listening() as listener:
        share = cpace.Secret.fresh(cpace.Session(SECRET, bytes(40), bytes(40))).share
        for case in cases.answering_hello_cases(Service.CHAT, share):
            with calling_client(port_of(listener), PASSWORD) as client:
                conn = RawResponder(listener).conn
                conn.send_wire(case.frame)
                equal(verdict(conn), (case.code, case.value, False), case.name)
                equal(client.wait(), 1, case.name)
        for name, frame in cases.silent_first_answers(Service.CHAT):
            with calling_client(port_of(listener), PASSWORD) as client:
                conn = RawResponder(listener).conn
                conn.send_wire(frame)
                equal(verdict(conn), None, name)
                equal(client.wait(), 1, name)
        for name, maker in cases.welcome_cases():
            with calling_client(port_of(listener), PASSWORD) as client:
                us = RawResponder(listener)
                us.greet(SECRET)
                equal(us.knows_password, True, name)
                us.conn.send_wire(maker(us))
                equal(verdict(us.conn), None, name)
                equal(client.wait(), 1, name)


@check
def client_refuses_in_a_call() -> None:
    with listening() as listener:
        for name, row, fault in cases.caller_cases():
            with calling_client(port_of(listener), PASSWORD) as client:
                conn = RawResponder(listener).open()
                for frame in row:
                    conn.send_plain(frame)
                equal(verdict(conn), (CloseCode.FAULT, fault, True), name)
                equal(client.wait(), 1, name)
        clients = []

        def make() -> Connection:
            clients.append(calling_client(port_of(listener), PASSWORD))
            return RawResponder(listener).open()

        refuses_what_does_not_open(make, plain(KeepAlive()))
        for client in clients:
            equal(client.wait(), 1)
            client.stop()
