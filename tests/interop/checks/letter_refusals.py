"""What `p2pm` must refuse of what a keeper says, and is said to, with the fault that the document names."""

from checks.cases import Case, body, fault
from checks.checking import PASSWORD, check, equal
from checks.control import RunningNode
from checks.link_refusals import RawLink, introduced, mutual
from checks.puppets import plain
from peer.faults import CloseCode, Fault
from peer.fields import Scope
from peer.keeper_messages import Entrust, Fate, Keeps, Kept, Letter, Pass, Took
from peer.limits import SIGNATURE_LEN
from peer.messages import Receipt, Say

KEY, SIGNATURE = bytes(32), bytes(SIGNATURE_LEN)
LETTER = Letter(1, Scope.ONE, 1, 0, False, "hello")
KEEPS, KEPT, TOOK = plain(Keeps()), plain(Kept(KEY, 1, Fate.HELD)), plain(Took())
PASS, ENTRUST = plain(Pass(KEY, SIGNATURE, LETTER)), plain(Entrust(KEY, SIGNATURE, LETTER))


def _carried(numbers: str, text: bytes = b"hello") -> bytes:
    """The body of Entrust and Pass: run, scope, number, previous and given up in hex."""
    return KEY + SIGNATURE + bytes.fromhex(numbers) + text


def _carried_cases(kind: int) -> list[Case]:
    name = "Entrust" if kind == Entrust.kind else "Pass"
    return [fault(f"{name}: {what}", body(kind, data), which) for what, data, which in [
        ("too short", _carried("00000001 01 00000001 00000000", b""), Fault.LENGTH),
        ("scope 0", _carried("00000001 00 00000001 00000000 00"), Fault.VALUE),
        ("scope 3, too short", _carried("00000001 03", b""), Fault.VALUE),
        ("number 0", _carried("00000001 01 00000000 00000000 00"), Fault.VALUE),
        ("previous is the number", _carried("00000001 01 00000002 00000002 00"), Fault.VALUE),
        ("given up 2", _carried("00000001 01 00000002 00000001 02"), Fault.VALUE),
        ("given up without a previous", _carried("00000001 01 00000002 00000000 01"), Fault.VALUE),
        ("not UTF-8", _carried("00000001 01 00000001 00000000 00", b"hell\xc3"), Fault.TEXT),
        ("not UTF-8, and number 0", _carried("00000001 01 00000000 00000000 00", b"\xff"), Fault.TEXT),
    ]]


def _field_cases() -> list[Case]:
    number = bytes(3) + b"\1"
    return _carried_cases(Entrust.kind) + _carried_cases(Pass.kind) + [
        fault("Keeps: 1 byte", body(Keeps.kind, b"\0"), Fault.LENGTH),
        fault("Kept: no fate", body(Kept.kind, KEY + number), Fault.LENGTH),
        fault("Kept: fate 3", body(Kept.kind, KEY + number + b"\3"), Fault.VALUE),
        fault("Kept: held, and a signature", body(Kept.kind, KEY + number + b"\0" + SIGNATURE), Fault.LENGTH),
        fault("Kept: delivered, without a signature", body(Kept.kind, KEY + number + b"\1"), Fault.LENGTH),
        fault("Took: empty", body(Took.kind, b""), Fault.LENGTH),
        fault("Took: verdict 2", body(Took.kind, b"\2"), Fault.VALUE),
        fault("Took: half a signature", body(Took.kind, b"\0" + bytes(32)), Fault.LENGTH),
        fault("Took: not taken, and a signature", body(Took.kind, b"\1" + SIGNATURE), Fault.LENGTH),
    ]


def _mutual_cases() -> list[tuple[str, list[bytes], Fault]]:
    first_part = plain(Say(Scope.ONE, 1, 0, 5, 0, "hel"))
    return [
        ("Keeps again", [KEEPS, KEEPS], Fault.STATE),
        ("Kept of no keeper", [KEPT], Fault.STATE),
        ("Pass of no keeper", [PASS], Fault.STATE),
        ("Took without a Pass", [TOOK], Fault.STATE),
        ("Took to a Pass of one's own", [KEEPS, PASS, TOOK], Fault.STATE),
        ("Entrust to no keeper", [ENTRUST], Fault.STATE),
        ("Entrust to another keeper", [KEEPS, ENTRUST], Fault.STATE),
        ("a part after a Pass", [KEEPS, first_part, PASS, plain(Say(Scope.ONE, 1, 0, 5, 3, "lo"))], Fault.STATE),
    ]


@check
def p2pm_refuses_letters_out_of_state() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for name, frame in [("Keeps", KEEPS), ("Kept", KEPT), ("Took", TOOK), ("Pass", PASS), ("Entrust", ENTRUST)]:
            found = RawLink(abdul.port).ends_after(frame)
            equal(found, (CloseCode.FAULT, Fault.STATE, True), f"{name} before Introduce")
            found = introduced(abdul.port).ends_after(frame)
            equal(found, (CloseCode.FAULT, Fault.STATE, True), f"{name} before Admit")
        for name, row, which in _mutual_cases():
            equal(mutual(abdul.port).ends_after(*row), (CloseCode.FAULT, which, True), name)


@check
def p2pm_refuses_letters_without_a_meaning() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        for case in _field_cases():
            found = mutual(abdul.port).ends_after(KEEPS, case.frame)
            equal(found, (case.code, case.value, True), case.name)


@check
def p2pm_ignores_what_is_kept_for_whom_it_does_not_know() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul:
        delivered = plain(Kept(KEY, 9, Fate.DELIVERED, SIGNATURE))
        found = mutual(abdul.port).ends_after(KEEPS, delivered, KEPT, plain(Receipt(1)))
        equal(found, (CloseCode.FAULT, Fault.VALUE, True), "the Receipt")
        link = mutual(abdul.port)
        ours = plain(Kept(link.identity.key, 1, Fate.HELD))
        equal(link.ends_after(KEEPS, ours), (CloseCode.FAULT, Fault.VALUE, True), "what was not said")
