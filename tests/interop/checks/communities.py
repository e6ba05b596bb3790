"""The community: the peer as a client of `communityserver`, beside the real client."""

from checks.checking import PASSWORD, SECRET, Async, check, ends, equal, opened, soon, their_server
from checks.programs import community_server, joining_client
from peer.community import CommunityClient
from peer.faults import CloseCode, EndedByUs
from peer.limits import FRAMES_PER_KEY, Service
from peer.messages import Joined, JoinRefused, List, ListPage, RefusedReason


@check
def we_join_list_and_follow_who_comes_and_goes() -> None:
    server, port = community_server(PASSWORD)
    with server:
        katie = CommunityClient.connect(port, SECRET)
        katie.subscribe()
        joined = katie.join("katie", 5460)
        assert isinstance(joined, Joined)
        equal((joined.online, str(joined.endpoint)), (1, "127.0.0.1:5460"))
        equal([(user.name, str(user.endpoint)) for user in katie.list()], [("katie", "127.0.0.1:5460")])
        katie.wait_until(lambda: len(katie.presences) == 1)

        zoe = CommunityClient.connect(port, SECRET)
        equal(zoe.join("katie", 1), JoinRefused(RefusedReason.NAME_TAKEN))
        equal(type(zoe.join("zoë", 5007)), Joined)
        katie.wait_until(lambda: str(katie.online.get("zoë")) == "127.0.0.1:5007")
        zoe.leave()
        katie.wait_until(lambda: "zoë" not in katie.online)
        server.expect("zoë left: goodbye")

        with joining_client(port, PASSWORD, "abdul") as abdul:
            abdul.expect("you are online as abdul")
            abdul.expect(r"\] katie")
            katie.wait_until(lambda: "abdul" in katie.online)
        katie.wait_until(lambda: "abdul" not in katie.online)
        katie.conn.send_wire(katie.conn.travelling(bytes(1024))[:500])
        katie.conn.drop()
        server.expect("katie left: connection lost")


@check
def a_list_of_many_pages_and_a_crowd_that_comes_and_goes() -> None:
    with their_server() as port:
        watcher = CommunityClient.connect(port, SECRET)
        watcher.subscribe()
        watcher.join("watcher", 1)
        crowd = [CommunityClient.connect(port, SECRET) for _ in range(80)]
        for number, member in enumerate(crowd):
            member.join(f"{number:032}", 5000 + number)
        watcher.wait_until(lambda: len(watcher.online) == 81)
        equal(len({user.name for user in watcher.list()}), 81)
        for member in crowd:
            member.conn.drop()
        watcher.wait_until(lambda: set(watcher.online) == {"watcher"})
        watcher.leave()


@check
def both_directions_change_their_key() -> None:
    with their_server() as port:
        conn = opened(port, Service.COMMUNITY)
        total = FRAMES_PER_KEY + 100

        def ask() -> None:
            for _ in range(total):
                conn.send(List())

        asking = Async(ask)
        for _ in range(total):
            equal(type(conn.receive(soon())), ListPage)
        asking.result()
        conn.end(CloseCode.GOODBYE)


@check
def keepalives_are_taken_and_silence_is_not() -> None:
    with their_server() as port:
        quick = CommunityClient.connect(port, SECRET)
        quick.join("quick", 1)
        quick.conn.keepalive_interval, quick.conn.silence_timeout = 0.05, 0.5
        ends(CloseCode.TIMED_OUT, 0, lambda: quick.wait_until(lambda: False), EndedByUs)
