"""Wrong passwords and impostors, on both sides.

Guesses come from loopback addresses of their own: whoever guesses wrong has to wait, and nobody else.
"""

from collections import Counter

from checks import cases
from checks.checking import (
    PASSWORD,
    SECRET,
    WRONG,
    check,
    ends,
    equal,
    listening,
    port_of,
    their_node,
    their_server,
)
from checks.programs import calling_client, joining_client
from checks.puppets import RawInitiator, RawResponder, Verdict, verdict
from peer import chat
from peer.connection import connect
from peer.faults import CloseCode, EndedByPeer, EndedByUs, Fault
from peer.guesses import GuessBook
from peer.limits import FREE_GUESSES, FREE_SITE_GUESSES, FREE_STRANGER_GUESSES, GUESS_INTERVAL, Service
from peer.messages import Welcome

GUESSER, CROWD = "127.0.0.2", "127.0.0.3"


def _guess(port: int, service: Service, password: bytes, credentials: bytes | None = None) -> Verdict:
    """How the guess of a password, or other credentials, ends."""
    try:
        us = RawInitiator(port, service, password, GUESSER)
    except EndedByPeer as end:  # who has to wait may be told in place of the responder's Hello
        return int(end.code), end.value, end.sealed
    us.prove(credentials)
    return verdict(us.conn)


def _who_must_wait_is_refused_for_what_is_wrong(port: int, service: Service) -> None:
    """Only a Hello that matches, and Credentials, are answered with the wait: section 7.2."""
    for case in cases.first_frame_cases(service):
        if case.name == "Hello: a share":  # it matches: whatever the share
            continue
        conn = connect(port, GUESSER)
        conn.send_wire(case.frame)
        equal(verdict(conn), (case.code, case.value, False), f"must wait: {case.name}")


def _wrong_guesses_are_counted(port: int, service: Service) -> None:
    wrong = (CloseCode.WRONG_PASSWORD, 0, False)
    for _ in range(FREE_GUESSES - 1):
        equal(_guess(port, service, WRONG), wrong)
    no_guesses = [(cases.NOT_A_POINT + bytes(64), Fault.PROOF), (bytes(95), Fault.LENGTH)]
    for credentials, fault in no_guesses:
        equal(_guess(port, service, SECRET, credentials), (CloseCode.FAULT, fault, False))
    equal(_guess(port, service, WRONG), wrong)
    rest: list[tuple[bytes, bytes | None]] = [(WRONG, None), (SECRET, None)]
    for password, credentials in rest + [(SECRET, credentials) for credentials, _ in no_guesses]:
        found = _guess(port, service, password, credentials)
        assert found is not None and found[0] == CloseCode.TOO_MANY_GUESSES, found
        assert 0 < found[1] <= GUESS_INTERVAL, found
    _who_must_wait_is_refused_for_what_is_wrong(port, service)
    us = RawInitiator(port, service)
    us.prove()
    us.open().end(CloseCode.GOODBYE)


@check
def communityserver_counts_wrong_passwords() -> None:
    with their_server() as port:
        _wrong_guesses_are_counted(port, Service.COMMUNITY)


@check
def nodeserver_counts_wrong_passwords() -> None:
    with their_node() as port:
        _wrong_guesses_are_counted(port, Service.CHAT)


@check
def guesses_at_the_same_time_are_counted() -> None:
    with their_server() as port:
        crowd = [RawInitiator(port, Service.COMMUNITY, WRONG, CROWD) for _ in range(30)]
        for us in crowd:
            us.prove()
        codes = Counter(found[0] for us in crowd if (found := verdict(us.conn)))
        equal(codes, {CloseCode.WRONG_PASSWORD: FREE_GUESSES, CloseCode.TOO_MANY_GUESSES: 30 - FREE_GUESSES})


@check
def our_count_is_that_of_the_document() -> None:
    now = 100.0

    def looked_at(book: GuessBook, addresses: list[str]) -> int:
        return sum(book.check(address, lambda: False)[1] == 0 for address in addresses)

    crowd = [f"10.0.0.{number}" for number in range(1, 71)]
    equal(looked_at(GuessBook(64, lambda: now), crowd * 8), 64 * FREE_GUESSES + 6 * 8)
    book = GuessBook(64, lambda: now)
    networks = [f"2001:db8:0:{number:x}::1" for number in range(100)]
    equal(looked_at(book, networks), FREE_SITE_GUESSES)
    now += 60.0
    equal(looked_at(book, networks), FREE_SITE_GUESSES)
    full = GuessBook(64, lambda: now)
    equal(full.check("192.0.2.1", lambda: True), (True, 0))
    equal(looked_at(full, [f"10.0.1.{number}" for number in range(200)]), 63 + FREE_STRANGER_GUESSES)
    equal([full.wait(address) for address in ("192.0.2.1", "192.0.2.2")], [0, 1])


@check
def we_count_the_wrong_passwords_of_client() -> None:
    with chat.Node(SECRET) as node:
        for count in range(FREE_GUESSES):
            with calling_client(node.port, "barbeau") as client:
                ends(CloseCode.WRONG_PASSWORD, 0, node.take_call, EndedByUs, f"guess {count}")
                client.expect("no chat: wrong password")
                equal(client.wait(), 3)
        with calling_client(node.port, PASSWORD) as client:
            try:
                raise AssertionError(f"{node.take_call()!r}: the client need not wait")
            except EndedByUs as end:
                equal(end.code, CloseCode.TOO_MANY_GUESSES)
                client.expect(f"no chat: too many wrong passwords: wait {end.value} s")
            equal(client.wait(), 3)


@check
def impostors_are_found_out() -> None:
    with listening() as listener:
        port = port_of(listener)

        def pretend() -> None:
            us = RawResponder(listener)
            us.greet(b"a guess")
            equal(us.knows_password, False)
            us.conn.send(Welcome(us.keys.confirm_b))
            equal(verdict(us.conn), None, "nothing is sent")

        with calling_client(port, PASSWORD) as client:
            pretend()
            client.expect("no chat: we ended it: protocol error: no proof of the password")
            equal(client.wait(), 1)
        with joining_client(port, PASSWORD, "zoe") as client:
            pretend()
            client.expect("community server: we ended it: protocol error: no proof of the password")
