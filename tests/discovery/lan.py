"""LAN of network namespaces: hosts on one switch. It ends with the process that made it."""

import subprocess

from patience import eventually

UNPRIVILEGED = 65534  # nobody
GATEWAY = "10.79.0.254"
SURE_MAX = 10  # seconds until IPv6 addresses can be used


class Host:
    """A network namespace, held by a process inside."""

    def __init__(self, ipv6=False):
        disabled = "0" if ipv6 else "1"
        # A holder that ends with its standard input ends with this process.
        setup = (
            f"echo {disabled} | tee /proc/sys/net/ipv6/conf/{{all,default}}/disable_ipv6 >/dev/null\n"
            "ip link set lo up && echo ready && exec cat"
        )
        self.holder = subprocess.Popen(
            ["unshare", "--net", "bash", "-c", setup], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self.holder.stdout.readline() != b"ready\n":
            raise RuntimeError("no network namespace")

    def inside(self, *command, user=None):
        """A command line that runs `command` here."""
        become = []
        if user is not None:
            become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *become, *map(str, command)]

    def start(self, *command, user=None, **options):
        """Starts a program here."""
        return subprocess.Popen(self.inside(*command, user=user), stdin=subprocess.DEVNULL, **options)

    def run(self, *command, **options):
        """Runs a program here to its end."""
        return subprocess.run(self.inside(*command), stdin=subprocess.DEVNULL, check=True, **options)

    def read(self, *command):
        """What a program prints."""
        return self.run(*command, stdout=subprocess.PIPE, text=True).stdout

    def ip(self, commands):
        """Runs commands of iproute2, one per line."""
        subprocess.run(self.inside("ip", "-batch", "-"), input=commands, text=True, check=True)

    def nft(self, rules):
        """Loads rules of nftables."""
        subprocess.run(self.inside("nft", "-f", "-"), input=rules, text=True, check=True)

    def close(self):
        """Ends the namespace, as soon as nothing runs in it any more."""
        self.holder.stdin.close()
        self.holder.wait()


class Lan:
    """Hosts on one switch, each with an interface `lan`."""

    def __init__(self, hosts=2, ipv4=True, ipv6=False):
        self.programs = []  # that end with it
        self.switch = Host()
        self.switch.ip("link add switch type bridge\nlink set switch up\n")
        self.hosts = [Host(ipv6) for _ in range(hosts)]
        for number, host in enumerate(self.hosts):
            self.plug(number)
            if ipv4:
                host.ip(f"address add {self.address(number)}/24 dev lan\nroute add default via {GATEWAY}\n")
        if ipv6:
            eventually(self._addresses_are_sure, SURE_MAX)

    def _addresses_are_sure(self):
        """Whether duplicate address detection (RFC 4862) is over."""
        return not any(host.read("ip", "-6", "address", "show", "tentative") for host in self.hosts)

    @staticmethod
    def address(number):
        """The address of a host."""
        return f"10.79.0.{number + 1}"

    def plug(self, number, interface="lan", switch="switch"):
        """Connects a host with the switch by another interface."""
        host = self.hosts[number]
        port = f"{interface}{number}"
        self.switch.ip(
            f"link add {port} type veth peer name {interface} netns {host.holder.pid}\n"
            f"link set {port} master {switch} up\n"
        )
        host.ip(f"link set {interface} up\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.kill()
        for host in [*self.hosts, self.switch]:
            host.close()
