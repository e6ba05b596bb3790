"""What `p2pm` must refuse of offers and transfers, and how either end gives one up."""

import os
from dataclasses import replace

from checks.cases import Case, body, fault
from checks.checking import PASSWORD, check, ends, equal, soon
from checks.control import RunningNode
from checks.link_refusals import mutual
from checks.puppets import plain, verdict
from checks.transfers import CONTENT, HALF, Pair, folder_offer, offer_of, pair, source
from peer import frames
from peer.connection import Connection, connect
from peer.faults import CloseCode, EndedByPeer, Fault
from peer.handshake import initiate
from peer.limits import PIECE_LEN, RANDOM_LEN, SUITE_SEALED_AES
from peer.kinds import Kind
from peer.messages import Admit, Message, Name
from peer.offers import Outgoing
from peer.stream import Entry, chain_hash
from peer.transfer import Receiving, Sending, marker, terms
from peer.transfer_messages import (
    HASH_LEN, ID_LEN, SECRET_LEN, Answer, Cipher, Data, Differs, End, Have, Proceed, Stored, Verdict, Withdraw,
)

GOOD = offer_of(CONTENT, preview=b"\2" + bytes(4 * 2))


def _changed(at: int, data: bytes) -> bytes:
    """The good offer with other bytes in its place."""
    encoded = GOOD.encode()
    return body(Kind.OFFER, encoded[:at] + data + encoded[at + len(data) :])


def _labelled(label: bytes, length: int | None = None) -> bytes:
    return body(Kind.OFFER, GOOD.encode()[:69] + bytes([len(label) if length is None else length]) + label)


def _previewed(preview: bytes) -> bytes:
    return body(Kind.OFFER, replace(GOOD, preview=preview).encode())


def _offer_cases() -> list[Case]:
    return [
        fault("Offer: empty", body(Kind.OFFER, b""), Fault.LENGTH),
        fault("Offer: aes 2", _changed(44, b"\2"), Fault.VALUE),
        fault("Offer: frames 0", _changed(45, b"\0"), Fault.VALUE),
        fault("Offer: frames 4", _changed(45, b"\4"), Fault.VALUE),
        fault("Offer: kind 0", _changed(46, b"\0"), Fault.VALUE),
        fault("Offer: kind 3, too short", body(Kind.OFFER, GOOD.encode()[:46] + b"\3"), Fault.VALUE),
        fault("Offer: a file of none", _changed(55, bytes(4)), Fault.VALUE),
        fault("Offer: a file of two", _changed(55, b"\0\0\0\2"), Fault.VALUE),
        fault("Offer: mode 01000", _changed(67, b"\2\0"), Fault.VALUE),
        fault("Offer: no label", body(Kind.OFFER, GOOD.encode()[:69]), Fault.LENGTH),
        fault("Offer: an empty label", _labelled(b""), Fault.NAME),
        fault("Offer: half a label", _labelled(b"photo", 6), Fault.LENGTH),
        fault("Offer: .", _labelled(b"."), Fault.NAME),
        fault("Offer: ..", _labelled(b".."), Fault.NAME),
        fault("Offer: a slash", _labelled(b"a/b"), Fault.NAME),
        fault("Offer: a zero", _labelled(b"a\0b"), Fault.NAME),
        fault("Offer: no UTF-8", _labelled(b"\xff"), Fault.NAME),
        fault("Offer: a surrogate", _labelled(b"\xed\xa0\x80"), Fault.NAME),
        fault("Offer: a width without pixels", _previewed(b"\1"), Fault.VALUE),
        fault("Offer: half a pixel", _previewed(b"\1\0"), Fault.LENGTH),
        fault("Offer: width 0", _previewed(b"\0\0\0"), Fault.VALUE),
        fault("Offer: half a row", _previewed(b"\2" + bytes(2 * 3)), Fault.VALUE),
        fault("Offer: 321 pixels", _previewed(b"\1" + bytes(2 * 321)), Fault.VALUE),
    ]


def _answer_cases() -> list[Case]:
    head = bytes(ID_LEN) + b"\0\0\0\1"
    return [
        fault("Answer: verdict 6", body(Kind.ANSWER, head + b"\6"), Fault.VALUE),
        fault("Answer: no verdict", body(Kind.ANSWER, head), Fault.LENGTH),
        fault("Answer: taken, without a cipher", body(Kind.ANSWER, head + b"\0"), Fault.LENGTH),
        fault("Answer: cipher 0", body(Kind.ANSWER, head + b"\0\0\1"), Fault.VALUE),
        fault("Answer: cipher 3", body(Kind.ANSWER, head + b"\0\3\1"), Fault.VALUE),
        fault("Answer: frames 4", body(Kind.ANSWER, head + b"\0\1\4"), Fault.VALUE),
        fault("Answer: refused, with a cipher", body(Kind.ANSWER, head + b"\1\1\1"), Fault.LENGTH),
        fault("Withdraw: 7 bytes", body(Kind.WITHDRAW, bytes(7)), Fault.LENGTH),
        fault("Withdraw: 9 bytes", body(Kind.WITHDRAW, bytes(9)), Fault.LENGTH),
        fault("Have", body(Kind.HAVE, bytes(40)), Fault.STATE),
        fault("Data: empty", body(Kind.DATA, b""), Fault.STATE),
    ]


@check
def p2pm_refuses_offers_that_are_none() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for case in _offer_cases() + _answer_cases():
            equal(mutual(abdul.port).ends_after(case.frame), (case.code, case.value, True), case.name)
        again = replace(GOOD, attempt=2)
        for name, rows in [
            ("twice", [GOOD, GOOD]),
            ("an attempt before", [again, GOOD]),
            ("another length", [GOOD, replace(again, length=1)]),
            ("other attributes", [GOOD, replace(again, attributes=replace(GOOD.attributes, mode=0o600))]),
            ("another label", [GOOD, replace(again, label="other")]),
        ]:
            found = mutual(abdul.port).ends_after(*map(plain, rows))
            equal(found, (CloseCode.FAULT, Fault.VALUE, True), name)


@check
def p2pm_refuses_a_cipher_that_it_did_not_offer() -> None:
    with pair() as it:
        offer = it.is_offered(source(it)).offer
        if offer.aes:
            return
        it.link.conn.send(Answer(offer.id, offer.attempt, Verdict.TAKEN, Cipher.AES, 1))
        ends(CloseCode.FAULT, Fault.VALUE, lambda: it.link.run_until(lambda: False), EndedByPeer)


@check
def p2pm_refuses_answers_that_do_not_fit() -> None:
    with pair() as it:
        path = source(it)
        unknown = os.urandom(ID_LEN)
        it.link.conn.send(Answer(unknown, 1, Verdict.NOT_WANTED))
        it.link.conn.send(Withdraw(unknown))
        it.link.conn.send(Answer(unknown, 1, Verdict.TAKEN, Cipher.CHACHA20, 3))
        equal(_next(it, Withdraw), Withdraw(unknown))
        # Of another attempt: ignored if it takes, and counts if it does not.
        offer = it.is_offered(path).offer
        it.link.conn.send(Answer(offer.id, offer.attempt + 1, Verdict.TAKEN, Cipher.CHACHA20, 3))
        it.link.conn.send(Answer(offer.id, offer.attempt + 1, Verdict.NOT_WANTED))
        it.is_told("ended", ours=True)


def _next(it: Pair, kind: type[Message]) -> Message:
    """The next message of this kind on the link."""
    while True:
        message = it.link.conn.receive(soon())
        if isinstance(message, kind):
            return message
        assert isinstance(message, Name), message


@check
def an_offer_is_turned_down_or_withdrawn() -> None:
    with pair() as it:
        path = source(it)
        for verdict_ in (Verdict.NOT_WANTED, Verdict.NO_SPACE, Verdict.NOT_HERE, Verdict.TOO_MANY):
            offer = it.is_offered(path).offer
            it.link.conn.send(Answer(offer.id, offer.attempt, verdict_))
            it.is_told("ended", ours=True)
        offered = it.is_offered(path)
        number = it.file_to_take(ours=True)
        equal(it.abdul.control.ask("cancel_file", file=number)["answer"], "done")
        it.link.run_until(lambda: offered.withdrawn)

        ours = it.offers(offer_of(CONTENT))
        equal(it.abdul.control.ask("cancel_file", file=it.file_to_take())["answer"], "done")
        it.link.run_until(lambda: ours.is_over)
        assert ours.answer is not None
        equal(ours.answer.verdict, Verdict.NOT_WANTED)
        ours = it.offers(offer_of(CONTENT))
        number = it.file_to_take()
        it.link.conn.send(Withdraw(ours.offer.id))
        it.is_told("ended", file=number)
        equal(it.abdul.control.ask("take_file", file=number)["answer"], "error")


@check
def either_end_gives_up_in_the_middle() -> None:
    with pair() as it:
        path = source(it)
        for we_end in (True, False):
            offered = it.is_offered(path)
            number = it.file_to_take(ours=True)
            receiving = Receiving(it.takes(offered), len(CONTENT))
            if we_end:
                receiving.conn.end(CloseCode.CANCELLED)
                it.is_told("ended", ours=True, file=number)
            else:
                equal(it.abdul.control.ask("cancel_file", file=number)["answer"], "done")
                receiving.ends_with(CloseCode.CANCELLED)
            it.link.run_until(lambda: offered.withdrawn)

            ours = it.offers(offer_of(CONTENT))
            sending = Sending(it.is_taken(ours), CONTENT)
            sending.begin()
            sending.send(HALF)
            number = it.is_told("moving")["file"]
            if we_end:
                sending.conn.end(CloseCode.CANCELLED)
                it.is_told("ended", file=number)
            else:
                equal(it.abdul.control.ask("cancel_file", file=number)["answer"], "done")
                sending.ends_with(CloseCode.CANCELLED)
            it.link.run_until(lambda: ours.is_over)
            assert ours.answer is not None
            equal(ours.answer.verdict, Verdict.NOT_WANTED)
            _nothing_is_left(it)


def _nothing_is_left(it: Pair) -> None:
    """Once all threads have ended."""
    folder = it.abdul.home / "Downloads" / "p2pm"
    # What it looks at is removed meanwhile.
    it.abdul.waits_until(lambda: not any(files for _, _, files in os.walk(folder)))


@check
def a_source_that_has_changed_is_noticed() -> None:
    with pair() as it:
        offered = it.is_offered(source(it))
        source(it, CONTENT[:HALF] + bytes(len(CONTENT) - HALF))
        ends(CloseCode.CHANGED, 0, Receiving(it.takes(offered), len(CONTENT)).take_all, EndedByPeer)
        it.link.run_until(lambda: offered.withdrawn)
        it.is_told("ended", ours=True)


@check
def a_secret_opens_one_connection() -> None:
    with pair() as it:
        offered = it.offers(offer_of(CONTENT))
        sending = Sending(it.is_taken(offered), CONTENT)
        _is_not_expected(it, offered)
        sending.send_all()
        it.is_told("stored")
        _is_not_expected(it, offered)


def _is_not_expected(it: Pair, offered: Outgoing) -> None:
    assert offered.answer is not None
    agreed = terms(offered.offer, offered.answer)
    conn = connect(it.abdul.port)
    ends(CloseCode.SERVICE_MISMATCH, 0, lambda: initiate(conn, agreed), EndedByPeer)


@check
def p2pm_expects_the_hello_that_was_agreed_on() -> None:
    with pair() as it:
        offered = it.offers(offer_of(CONTENT))
        equal(it.abdul.control.ask("take_file", file=it.file_to_take())["answer"], "done")
        it.link.run_until(lambda: offered.answer is not None)
        assert offered.answer is not None
        agreed = terms(offered.offer, offered.answer)
        random = os.urandom(RANDOM_LEN)
        right = marker(random, offered.offer.id)
        other = marker(random, os.urandom(ID_LEN))
        for name, hello, code in [
            ("another transfer", agreed.hello(random, other), CloseCode.SERVICE_MISMATCH),
            ("no marker", agreed.hello(random), CloseCode.SERVICE_MISMATCH),
            ("half a marker", agreed.hello(random, right[:7]), CloseCode.SERVICE_MISMATCH),
            ("other frames", replace(agreed.hello(random, right), frame_length=1024), CloseCode.SERVICE_MISMATCH),
            ("another suite", replace(agreed.hello(random, right), suite=SUITE_SEALED_AES), CloseCode.SUITE_MISMATCH),
            ("version 2", replace(agreed.hello(random, right), version=2), CloseCode.VERSION_MISMATCH),
        ]:
            conn = connect(it.abdul.port)
            conn.send(hello)
            equal(verdict(conn), (code, 0, False), name)
        wrong = replace(agreed, password=os.urandom(SECRET_LEN))
        ends(CloseCode.WRONG_PASSWORD, 0, lambda: it.link.transfer(wrong), EndedByPeer)
        # A guess costs the attempt.
        Sending(it.offers_again(offered), CONTENT).send_all()
        it.is_told("stored")


def _sends(conn: Connection, *rows: Message) -> tuple[int, int, bool] | None:
    for message in rows:
        conn.send(message)
    return verdict(conn)


@check
def p2pm_refuses_as_a_receiver() -> None:
    """After each of these it gives the transfer up, and says so."""
    whole = End(len(CONTENT), chain_hash(CONTENT))
    part = Data(CONTENT[:60_000])
    cases: list[tuple[str, list[Message], Fault]] = [
        ("Data before Proceed", [part], Fault.STATE),
        ("End before Proceed", [whole], Fault.STATE),
        ("Proceed twice", [Proceed(), Proceed()], Fault.STATE),
        ("Differs from nothing", [Differs()], Fault.VALUE),
        ("Differs after Proceed", [Proceed(), part, Differs()], Fault.STATE),
        ("Have", [Have(0, bytes(HASH_LEN))], Fault.STATE),
        ("Stored", [Proceed(), Stored()], Fault.STATE),
        ("less than offered", [Proceed(), part, End(60_000, chain_hash(CONTENT[:60_000]))], Fault.VALUE),
        ("less than it says", [Proceed(), part, whole], Fault.VALUE),
        ("a message of a link", [Proceed(), Admit(0)], Fault.STATE),
        ("another hash", [Proceed(), *_all(), End(len(CONTENT), bytes(HASH_LEN))], Fault.VALUE),
        ("the hash of another", [Proceed(), *_all(bytes(len(CONTENT))), whole], Fault.VALUE),
        ("one byte more", [Proceed(), *_all(), Data(b"x")], Fault.LENGTH),
        ("far more", [Proceed(), *_all(CONTENT + CONTENT)], Fault.LENGTH),
    ]
    with pair() as it:
        for name, rows, which in cases:
            ours = it.offers(offer_of(CONTENT))
            sending = Sending(it.is_taken(ours), CONTENT)
            equal(sending.receive(), Have(0, bytes(HASH_LEN)))
            equal(_sends(sending.conn, *rows), (CloseCode.FAULT, which, True), name)
            it.link.run_until(lambda: ours.is_over)
            assert ours.answer is not None
            equal(ours.answer.verdict, Verdict.NOT_WANTED, name)
            it.is_told("ended")
        _nothing_is_left(it)


def _all(content: bytes = CONTENT) -> list[Data]:
    return [Data(content[at : at + 65_000]) for at in range(0, len(content), 65_000)]


@check
def p2pm_refuses_as_a_sender() -> None:
    nothing = Have(0, bytes(HASH_LEN))
    wrong = Have(PIECE_LEN, bytes(HASH_LEN))
    cases: list[tuple[str, list[Message], Fault]] = [
        ("more than there is", [Have(len(CONTENT) + 1, bytes(HASH_LEN))], Fault.VALUE),
        ("Stored at first", [Stored()], Fault.STATE),
        ("Have twice", [nothing, nothing], Fault.STATE),
        ("Proceed", [Proceed()], Fault.STATE),
        ("Data", [Data(b"x")], Fault.STATE),
        ("Stored too early", [Have(HALF, chain_hash(CONTENT[:HALF])), Have(0, bytes(HASH_LEN))], Fault.STATE),
    ]
    with pair() as it:
        path = source(it)
        for name, rows, which in cases:
            offered = it.is_offered(path)
            conn = it.takes(offered)
            equal(_sends(conn, *rows), (CloseCode.FAULT, which, True), name)
            it.link.run_until(lambda: offered.withdrawn)
            it.is_told("ended", ours=True)
        offered = it.is_offered(path)
        receiving = Receiving(it.takes(offered), len(CONTENT))
        receiving.conn.send(wrong)
        equal(receiving.receive(), Differs())
        equal(_sends(receiving.conn, wrong), (CloseCode.FAULT, Fault.VALUE, True), "not less than before")


@check
def p2pm_refuses_frames_of_a_transfer() -> None:
    """Those of section 3.1, at the length that was agreed on."""
    with pair() as it:
        for frames_ in (1, 3):
            offer = offer_of(CONTENT, f"{frames_}", frames=frames_)
            ours = it.offers(offer)
            first = it.is_taken(ours)
            first.drop()
            for case in _frame_cases(first.frame_len):
                sending = Sending(it.offers_again(ours), CONTENT)
                equal(sending.receive(), Have(0, bytes(HASH_LEN)))
                sending.conn.send_plain(case.frame)
                equal(verdict(sending.conn), (case.code, case.value, True), case.name)
                it.link.run_until(lambda: ours.is_over)
                ours = it.offers(replace(offer, id=os.urandom(ID_LEN)))
                it.is_taken(ours).drop()


def _frame_cases(length: int) -> list[Case]:
    good = frames.build(Kind.KEEP_ALIVE, b"", length)
    most = frames.body_max(length)
    empty = frames.build(Kind.DATA, b"", length)
    return [
        fault("magic", b"\0" + good[1:], Fault.MAGIC),
        fault("reserved byte", good[:5] + b"\1" + good[6:], Fault.PADDING),
        fault("length", good[:6] + (most + 1).to_bytes(2, "big") + good[8:], Fault.LENGTH),
        fault("padding", good[: length - 17] + b"\1" + good[length - 16 :], Fault.PADDING),
        fault("kind 0x46", good[:4] + b"\x46" + good[5:], Fault.KIND),
        fault("Data: empty", empty, Fault.LENGTH),
        fault("Have: 39 bytes", frames.build(Kind.HAVE, bytes(39), length), Fault.LENGTH),
        fault("Proceed: a body", frames.build(Kind.PROCEED, b"x", length), Fault.LENGTH),
        fault("Close: code 20", frames.build(Kind.CLOSE, b"\x14" + bytes(4), length), Fault.VALUE),
    ]


@check
def p2pm_refuses_streams_of_folders() -> None:
    """What is no folder is given up, and nothing of it is left."""
    attributes = folder_offer(b"").attributes
    a, b, inside = (Entry(path, attributes, b"x") for path in ("a", "b", "b/c"))
    folder = Entry("b", attributes)

    def raw(path: bytes) -> bytes:
        return Entry("a", attributes, b"").encode()[:11] + len(path).to_bytes(2, "big") + path + bytes(8)

    with pair() as it:
        for name, which, stream in [
            ("kind 3", Fault.KIND, b"\3" + a.encode()[1:]),
            ("mode 01000", Fault.VALUE, a.encode()[:9] + b"\2\0" + a.encode()[11:]),
            ("no path", Fault.NAME, raw(b"")),
            ("the parent", Fault.NAME, raw(b"..")),
            ("through the parent", Fault.NAME, folder.encode() + raw(b"b/../c")),
            ("from the root", Fault.NAME, raw(b"/a")),
            ("a slash at the end", Fault.NAME, raw(b"a/")),
            ("two slashes", Fault.NAME, folder.encode() + raw(b"b//c")),
            ("a zero", Fault.NAME, raw(b"a\0b")),
            ("no UTF-8", Fault.NAME, raw(b"\xff")),
            ("a label of 256 bytes", Fault.NAME, raw(b"a" * 256)),
            ("a path of 4096 bytes", Fault.LENGTH, raw(b"a/" * 2047 + b"ab")),
            ("twice", Fault.STATE, a.encode() + a.encode()),
            ("out of order", Fault.STATE, b.encode() + a.encode()),
            ("in no folder", Fault.STATE, inside.encode()),
            ("in a file", Fault.STATE, b.encode() + inside.encode()),
            ("fewer files than offered", Fault.VALUE, folder.encode()),
            ("half a head", Fault.LENGTH, a.encode() + b.encode()[:10]),
            ("half a content", Fault.LENGTH, a.encode()[:-1]),
            ("endless", Fault.LENGTH, a.encode()[:-9] + b"\xff" * 8 + b"x"),
        ]:
            ours = it.offers(folder_offer(stream, files=1))
            sending = Sending(it.is_taken(ours), stream)
            sending.begin()
            sending.send()
            sending.conn.send(End(len(stream), chain_hash(stream)))
            found = verdict(sending.conn)
            equal(found, (CloseCode.FAULT, which, True), name)
            it.link.run_until(lambda: ours.is_over)
            it.is_told("ended")
        _nothing_is_left(it)
