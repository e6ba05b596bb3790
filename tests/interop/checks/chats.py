"""Private chats: the peer calls `nodeServer`, `client` calls the peer."""

from checks.checking import PASSWORD, SECRET, check, ends, equal, listening, opened, port_of, soon
from checks.programs import calling_client, node_server
from checks.puppets import RawResponder, verdict
from peer import chat
from peer.faults import CloseCode, EndedByPeer, EndedByUs
from peer.limits import Service
from peer.messages import Call, Turns


@check
def we_call_nodeserver_in_turns() -> None:
    node, port = node_server(PASSWORD)
    with node:
        talk = chat.call(port, SECRET, Turns.FREE, "katie")
        equal(talk.turns, Turns.LINEAR)
        node.expect("call from katie at 127.0.0.1")
        for number in range(3):
            talk.say(f"Ah, question {number}")
            node.expect(f"THEM: Ah, question {number}")
            node.type(f"answer {number} ü")
            equal(talk.hear(), f"answer {number} ü")
        talk.quit()
        node.expect("chat over: the other side said goodbye")

        talk = chat.call(port, SECRET, Turns.LINEAR, None)
        talk.say("x" * 1000)
        node.expect("x{1000}")
        node.type("quit")
        ends(CloseCode.GOODBYE, 0, talk.hear, EndedByPeer)


@check
def we_call_nodeserver_freely() -> None:
    node, port = node_server(PASSWORD, "--free")
    with node:
        talk = chat.call(port, SECRET, Turns.FREE, "katie")
        equal(talk.turns, Turns.FREE)
        for text in ("one", "two", "three"):
            talk.say(text)
            node.expect(f"THEM: {text}")
        for text in ("four", "five", "six"):
            node.type(text)
        equal([talk.hear() for _ in range(3)], ["four", "five", "six"])
        other = opened(port, Service.CHAT)
        other.send(Call(Turns.FREE, "abdul"))
        equal(verdict(other), (CloseCode.BUSY, 0, True))
        talk.conn.drop()
        node.expect("chat over: connection lost")
        talk = chat.call(port, SECRET, Turns.LINEAR, "katie")
        equal(talk.turns, Turns.LINEAR)
        talk.quit()


@check
def passwords_of_every_length() -> None:
    for password in ("a", "p" * 106, "p" * 107, "p" * 108, "p" * 127, "p" * 128, "süß, z "):
        node, port = node_server(password)
        with node:
            chat.call(port, password.encode(), Turns.LINEAR, "katie").quit()


@check
def client_calls_us_in_turns() -> None:
    node = chat.Node(SECRET, free=True)
    with node, calling_client(node.port, PASSWORD, "--name", "abdul") as client:
        talk = node.take_call()
        equal(talk.turns, Turns.LINEAR)
        for number in range(3):
            client.expect("YOU: ")
            client.type(f"question {number} ü")
            equal(talk.hear(), f"question {number} ü")
            talk.say(f"answer {number}")
            client.expect(f"THEM: answer {number}")
        client.expect("YOU: ")
        client.type("quit")
        ends(CloseCode.GOODBYE, 0, talk.hear, EndedByPeer)
        equal(client.wait(), 0)


@check
def client_calls_us_freely() -> None:
    node = chat.Node(SECRET, free=True)
    with node, calling_client(node.port, PASSWORD, "--free") as client:
        talk = node.take_call()
        equal(talk.turns, Turns.FREE)
        for text in ("one", "two"):
            talk.say(text)
            client.expect(f"THEM: {text}")
        client.type("three")
        client.type("four")
        equal([talk.hear(), talk.hear()], ["three", "four"])
        talk.quit()
        client.expect("chat over: the other side said goodbye")
        equal(client.wait(), 0)


@check
def client_is_told_that_we_are_busy_or_unwilling() -> None:
    with chat.Node(SECRET) as node:
        for code, says in ((CloseCode.BUSY, "busy"), (CloseCode.REFUSED, "refused")):
            node.refusal = code
            with calling_client(node.port, PASSWORD) as client:
                ends(code, 0, node.take_call, EndedByUs)
                client.expect(f"no chat: {says}")
                equal(client.wait(), 3)
        with calling_client(node.port, PASSWORD, suite="xor") as client:
            ends(CloseCode.SUITE_MISMATCH, 0, node.take_call, EndedByUs)
            client.expect("the two sides use different suites")
            equal(client.wait(), 1)


@check
def client_takes_no_cut_connection_for_a_goodbye() -> None:
    with listening() as listener, calling_client(port_of(listener), PASSWORD) as client:
        conn = RawResponder(listener).open()
        equal(type(conn.receive(soon())), Call)
        conn.drop()
        client.expect("connection lost")
        equal(client.wait(), 1)
