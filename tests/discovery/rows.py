"""Rows of the matrix: what is peculiar about a network, and whether nodes link on it all the same."""

import subprocess
import sys
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Callable

import firewalls
from lan import GATEWAY, Lan
from patience import eventually

HOLDER = (
    "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', 1900))\n"
    "print('held', flush=True)\ns.recv(1)\nwhile True: s.recv(2000)"
)
DROP_MAX = 5  # seconds until a switch that looks for members of groups drops what is for others
GROUP, PROBE_PORT = "239.255.255.250", 1901
LISTENER = (
    f"import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('', {PROBE_PORT}))\n"
    f"group, own = map(socket.inet_aton, ['{GROUP}', sys.argv[1]])\n"
    "s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + own)\n"
    "print('listening', flush=True)\nprint(s.recv(100).decode(), flush=True)"
)
SPEAKER = (
    "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind((sys.argv[1], 0))\n"
    "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))\n"
    f"s.sendto(b'to the group', ('{GROUP}', {PROBE_PORT}))\ns.sendto(b'to the host', (sys.argv[2], {PROBE_PORT}))"
)


def nothing(*_):
    """For rows without a peculiarity."""


class Links(Enum):
    """When nodes must link."""

    BY_ITSELF = auto()
    # After the commands that the doctor names.
    MENDED = auto()
    # There is no path.
    NEVER = auto()


@dataclass
class Row:
    """A network. `prepare` makes it peculiar before the nodes start; `change` when they run, and then the time counts
    from there. Then each host that `moves` gets another address in turn. `causes` are those that the doctor on each host
    must name, and no other one."""

    name: str
    causes: tuple[str, str]
    prepare: Callable = nothing
    links: Links = Links.BY_ITSELF
    change: Callable | None = None
    lan: dict = field(default_factory=dict)
    moves: list = field(default_factory=list)


def behind(*rules):
    """Each host with its rules; None for no firewall."""

    def prepare(lan):
        for host, its_rules in zip(lan.hosts, rules):
            if its_rules:
                host.nft(its_rules)

    return prepare


def route_by_vpn(lan):
    """All that is not of the subnet goes into a tunnel."""
    for host in lan.hosts:
        host.ip(
            "tuntap add vpn mode tun\naddress add 10.8.0.2/24 dev vpn\nlink set vpn up\nroute replace default dev vpn\n"
        )


def remove_route(lan):
    """There is no way for what is not of the subnet."""
    for host in lan.hosts:
        host.ip("route del default\n")


def hold_port(lan):
    """A program on the second host does not share the port of SSDP. It ends with the host's last process."""
    holder = lan.hosts[1].start(sys.executable, "-c", HOLDER, stdout=subprocess.PIPE)
    holder.stdout.readline()
    lan.programs.append(holder)


def carries_multicast(lan):
    """Whether what the second host sends to the group comes to the first one, which has joined it. If not, what is sent
    behind it to that host alone comes first."""
    one, other = lan.address(0), lan.address(1)
    listener = lan.hosts[0].start(sys.executable, "-c", LISTENER, one, stdout=subprocess.PIPE)
    listener.stdout.readline()
    lan.hosts[1].run(sys.executable, "-c", SPEAKER, other, one)
    heard, _ = listener.communicate(timeout=DROP_MAX)
    return heard == b"to the group\n"


def snoop(lan):
    """The switch asks for members of groups, and gets no answers, so that it drops what is for them."""
    behind(firewalls.NO_IGMP, firewalls.NO_IGMP)(lan)
    if not carries_multicast(lan):
        raise RuntimeError("a switch that does not look for members drops multicast")
    lan.switch.ip(
        "link set switch type bridge mcast_query_response_interval 1 mcast_membership_interval 100\n"
        "link set switch type bridge mcast_snooping 1 mcast_querier 1\n"
    )
    if not eventually(lambda: not carries_multicast(lan), DROP_MAX):
        raise RuntimeError("the switch drops no multicast")


def isolate(lan):
    """The switch lets its hosts reach the gateway alone, which is the third one."""
    for number in [0, 1]:
        lan.switch.run("bridge", "link", "set", "dev", f"lan{number}", "isolated", "on")
    lan.hosts[2].ip(f"address add {GATEWAY}/24 dev lan\n")


def add_interfaces(lan):
    """The second host is on two other networks as well, of which one has no gateway."""
    for number, name in enumerate(["wifi", "dock"]):
        lan.switch.ip(f"link add {name}-switch type bridge\nlink set {name}-switch up\n")
        lan.plug(1, name, f"{name}-switch")
        lan.hosts[1].ip(f"address add 10.{80 + number}.0.2/24 dev {name}\n")
    lan.hosts[1].ip("route replace default via 10.80.0.254 dev wifi\n")


def unplug(lan):
    """The second host is on no network."""
    lan.hosts[1].ip("link set lan down\naddress flush dev lan\n")


def plug_in(lan):
    """It is on one."""
    lan.hosts[1].ip(
        f"link set lan up\naddress add {lan.address(1)}/24 dev lan\nroute add default via {GATEWAY}\n"
    )


WELL = ("healthy", "healthy")
DEAF = "multicast_filtered"
"""What the doctor says where a firewall drops all that is for everybody, and where one drops answers."""
NO_ANSWERS = "answers_filtered"
OF_UFW = "peer_answers_filtered peer_filtered"

ROWS = [
    Row("no firewall", WELL),
    Row("no firewall, IPv4 and IPv6", WELL, lan={"ipv6": True}),
    Row("TCP over IPv4 dropped", ("peer_filtered", "peer_filtered"), behind(firewalls.NO_TCP_IPV4, firewalls.NO_TCP_IPV4), lan={"ipv6": True}),
    Row("TCP over IPv6 dropped", WELL, behind(firewalls.NO_TCP_IPV6, firewalls.NO_TCP_IPV6), lan={"ipv6": True}),
    Row("IPv6 alone", WELL, lan={"ipv4": False, "ipv6": True}),
    Row("plain stateful on the first", (DEAF, "peer_deaf peer_filtered"), behind(firewalls.PLAIN, None)),
    Row("plain stateful on the second", ("peer_deaf peer_filtered", DEAF), behind(None, firewalls.PLAIN)),
    Row("plain stateful on both", (f"{DEAF} peer_filtered",) * 2, behind(firewalls.PLAIN, firewalls.PLAIN), Links.MENDED),
    Row("ufw on the first", (NO_ANSWERS, OF_UFW), behind(firewalls.UFW, None)),
    Row("ufw on the second", (OF_UFW, NO_ANSWERS), behind(None, firewalls.UFW)),
    Row("ufw on both", (f"{NO_ANSWERS} peer_filtered",) * 2, behind(firewalls.UFW, firewalls.UFW), Links.MENDED),
    Row("ufw on both, one port open", (f"{NO_ANSWERS} {OF_UFW}", f"{NO_ANSWERS} peer_answers_filtered"),
        behind(firewalls.UFW_OPENED, firewalls.UFW)),
    Row("UDP source port 1900 accepted", (DEAF, DEAF), behind(firewalls.SOURCE_PORT, firewalls.SOURCE_PORT)),
    Row("VPN as default route", ("other_route", "other_route"), route_by_vpn),
    Row("no route for the group", ("no_route", "no_route"), remove_route),
    Row("port 1900 held", ("healthy", "port_held"), hold_port),
    Row("snooping switch, no reports", WELL, snoop),
    Row("client isolation", ("isolated", "isolated"), isolate, Links.NEVER, lan={"hosts": 3}),
    Row("three interfaces", WELL, add_interfaces),
    Row("interface that comes later", WELL, unplug, change=plug_in),
    Row("address changed in a session", WELL, moves=[1, 0]),
    Row("address changed behind ufw", (OF_UFW, NO_ANSWERS), behind(None, firewalls.UFW), moves=[1]),
]
