"""Links: the peer dials `p2pm`, and is dialled by it."""

import ipaddress
from concurrent.futures import ThreadPoolExecutor

from checks.checking import PASSWORD, SECRET, check, ends, equal
from checks.control import RunningNode
from peer import identity
from peer.circles import Circle
from peer.faults import CloseCode, EndedByPeer
from peer.fields import Endpoint
from peer.limits import LINK_TEXT_MAX
from peer.link import Heard, Link, Node
from peer.messages import Scope

CIRCLE = Circle(SECRET)
"""Of a passphrase without a number."""
LOOPBACK = ipaddress.ip_address("127.0.0.1")
LONG = "é" * (LINK_TEXT_MAX // 2)
"""The longest text; its characters do not fit evenly into parts."""


def _mutual(link: Link) -> Link:
    link.admit()
    link.run_until(lambda: link.is_mutual and link.name is not None)
    return link


def _person(node: Node) -> dict:
    return {"name": node.name, "tag": identity.tag(node.identity.key)}


def _talk(link: Link, katie: Node, abdul: RunningNode) -> None:
    """Texts both ways, to one and to all, each with its receipt."""
    equal(link.name, "abdul")
    abdul.listener.news("came", who=_person(katie))
    for scope, text in ((Scope.ONE, "hello"), (Scope.ALL, ""), (Scope.ONE, LONG)):
        number = link.say(text, scope)
        said = abdul.listener.news("said", **{"from": _person(katie)})
        equal((said["text"], said["to_all"], said["missed"]), (text, scope is Scope.ALL, False))
        link.run_until(lambda: link.memory.received == number)
    for to, text in (("katie", "hello, katie"), (None, "hello, all"), ("katie", LONG)):
        answer = abdul.control.ask("say", text=text, **({"to": to} if to else {}))
        equal(answer["to"], [_person(katie)])
        wanted = Heard(Scope.ONE if to else Scope.ALL, answer["message"], text, False)
        link.run_until(lambda: link.texts[-1:] == [wanted])
        abdul.listener.news("received", message=answer["message"], by=_person(katie))


@check
def we_dial_p2pm() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        link = _mutual(katie.dial(abdul.port))
        _talk(link, katie, abdul)
        people = abdul.control.ask("who")["people"]
        equal([(it["name"], it["here"], it["trust"]) for it in people], [("katie", True, "accepted")])
        abdul.control.ask("rename", name="abdul b")
        link.run_until(lambda: link.name == "abdul b")
        link.goodbye()
        equal(abdul.listener.news("left", who=_person(katie))["why"], "goodbye")


@check
def a_code_is_a_circle_with_a_number() -> None:
    circle = Circle.of_code("47-coral-tulip-anvil-mocha")
    with RunningNode("47 Coral tulip anvil MOCHA", "abdul") as abdul, Node(circle, "katie") as katie:
        equal(_mutual(katie.dial(abdul.port)).name, "abdul")
        words = abdul.control.ask("verify", name="katie")["words"]
        equal(len(words), 6)
        wrong = Circle(b"47-coral-tulip-anvil-motto", 47)
        for other, code in ((CIRCLE, CloseCode.OTHER_CIRCLE), (wrong, CloseCode.WRONG_PASSWORD)):
            with Node(other, "zoe") as zoe:
                ends(code, 0, lambda: zoe.dial(abdul.port), EndedByPeer)


@check
def p2pm_dials_us() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        equal(abdul.control.ask("connect", address=f"127.0.0.1:{katie.port}")["answer"], "done")
        link = _mutual(katie.accept())
        _talk(link, katie, abdul)
        equal(abdul.control.ask("stop")["answer"], "done")
        ends(CloseCode.GOODBYE, 0, lambda: link.run_until(lambda: False), EndedByPeer)
        equal(abdul.program.wait(), 0)


@check
def what_was_not_received_comes_again() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        link = _mutual(katie.dial(abdul.port))
        numbers = [abdul.control.ask("say", to="katie", text="one")["message"]]
        link.run_until(lambda: len(link.texts) == 1)
        link.confirms = False
        numbers.append(abdul.control.ask("say", to="katie", text="two")["message"])
        abdul.listener.news("received", message=numbers[0])
        link.conn.drop()
        abdul.listener.news("left", who=_person(katie))
        numbers.append(abdul.control.ask("say", text="three")["message"])
        again = _mutual(katie.accept())
        again.run_until(lambda: len(again.texts) == 2)
        equal([(it.number, it.text) for it in again.texts], [(numbers[1], "two"), (numbers[2], "three")])
        abdul.listener.news("received", message=numbers[2], by=_person(katie))


@check
def what_comes_twice_is_shown_once() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        link = _mutual(katie.dial(abdul.port))
        first = link.say("one")
        link.run_until(lambda: link.memory.received == first)
        link.memory.received = 0
        link.say_again()
        link.run_until(lambda: link.memory.received == first)
        link.skip_number()
        second = link.say("two")
        link.run_until(lambda: link.memory.received == second)
        said = [abdul.listener.news("said") for _ in range(2)]
        equal([(it["text"], it["missed"]) for it in said], [("one", False), ("two", True)])


@check
def rosters_are_told_and_heard() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie, \
            Node(CIRCLE, "zoe") as zoe, Node(CIRCLE, "bob") as bob:
        link = _mutual(katie.dial(abdul.port))
        with_zoe = _mutual(zoe.dial(abdul.port))
        link.run_until(lambda: zoe.identity.key in link.neighbours)
        equal(link.neighbours[zoe.identity.key], Endpoint(LOOPBACK, zoe.port))
        # A port that nobody must be sent to, an address of no host, and one that is right.
        link.tell(
            (bytes(32), Endpoint(ipaddress.ip_address("224.0.0.1"), bob.port)),
            (katie.identity.key, Endpoint(ipaddress.ip_address("0.0.0.0"), 1)),
            (bob.identity.key, Endpoint(LOOPBACK, bob.port)))
        equal(_mutual(bob.accept()).name, "abdul")
        with_zoe.goodbye()


@check
def each_is_told_what_the_other_one_hears() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        link = _mutual(katie.dial(abdul.port))
        for _ in range(2):
            link.ask_reception()
            link.run_until(lambda: link.reception is not None)
            equal(link.reception, 0, "it was told not to look for others")
        link.hears = 1 + 4
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(abdul.control.ask, "reception")
            link.run_until(lambda: link.was_asked)
        hears = {"multicasts": False, "broadcasts": True, "answers": False}
        equal(answer.result()["of"], [_person(katie) | {"hears": hears}])


@check
def p2pm_asks_before_it_accepts() -> None:
    with RunningNode(PASSWORD, "abdul", accept="ask") as abdul, Node(CIRCLE, "katie") as katie, \
            Node(CIRCLE, "zoe") as zoe:
        link, other = katie.dial(abdul.port), zoe.dial(abdul.port)
        link.admit()
        for asking in (katie, zoe):
            abdul.listener.news("asks", who=_person(asking))
        equal(link.they_admit, False)
        equal(abdul.control.ask("accept", name="katie")["answer"], "done")
        link.run_until(lambda: link.is_mutual)
        equal(abdul.control.ask("deny", name="zoe")["answer"], "done")
        ends(CloseCode.REFUSED, 0, lambda: other.run_until(lambda: False), EndedByPeer)
        ends(CloseCode.REFUSED, 0, lambda: zoe.dial(abdul.port).run_until(lambda: False), EndedByPeer)


@check
def one_of_two_links_stays() -> None:
    with RunningNode(PASSWORD, "abdul") as abdul, Node(CIRCLE, "katie") as katie:
        first, second = katie.dial(abdul.port), katie.dial(abdul.port)
        first_stays = first.tie_break < second.tie_break
        stays, goes = (first, second) if first_stays else (second, first)
        ends(CloseCode.DUPLICATE, 0, lambda: goes.run_until(lambda: False), EndedByPeer)
        _mutual(stays)
        # Another run of the same node: the old one is dead.
        katie.run ^= 1
        _mutual(katie.dial(abdul.port))
        ends(CloseCode.DUPLICATE, 0, lambda: stays.run_until(lambda: False), EndedByPeer)
