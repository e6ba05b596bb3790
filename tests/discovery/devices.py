"""Devices of UPnP that others have made, each on a host with the interface `lan`."""

import subprocess
import uuid
from dataclasses import dataclass, field
from typing import Callable

from clients import PROGRAMS, WORK, version

PUBLIC = "44.0.0.2"
DESCRIPTION = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>basic</friendlyName>
<manufacturer>m</manufacturer><modelName>m</modelName><UDN>uuid:{id}</UDN></device>
</root>
"""


@dataclass
class Device:
    """A device, which `start` starts on a host with this address. Without `start` it is not there, for the reason
    `absent`."""

    name: str
    type: str
    start: Callable | None
    absent: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def devices():
    """All devices."""
    basic, server = "urn:schemas-upnp-org:device:Basic:1", "urn:schemas-upnp-org:device:MediaServer:1"
    gateway = "urn:schemas-upnp-org:device:InternetGatewayDevice:2"
    return [
        Device("GUPnP", basic, start_gupnp),
        Device("node-ssdp", basic, start_node_ssdp if version("NODE_SSDP") else None, "npm or its registry is away"),
        Device("miniupnpd", gateway, start_miniupnpd),
        Device("minidlna", server, start_minidlna if version("MINIDLNA") else None, "its libraries are not installed"),
    ]


def run(host, *command):
    """Starts a device that says nothing."""
    return host.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def folder(device):
    """A folder for the files of a device."""
    path = WORK / f"device-{device.name}"
    path.mkdir()
    return path


def start_gupnp(host, device, _address):
    """A root device of GUPnP."""
    home = folder(device)
    (home / "device.xml").write_text(DESCRIPTION.format(id=device.id), encoding="utf-8")
    return run(host, "/usr/bin/python3", PROGRAMS / "gupnp_device.py", home)


def start_node_ssdp(host, device, address):
    """The server of node-ssdp."""
    program = PROGRAMS / "node_ssdp_server.js"
    return run(host, "env", f"NODE_PATH={WORK}/npm/node_modules", "node", program, device.id, address, device.type)


def start_miniupnpd(host, device, _address):
    """The gateway of miniupnp. It wants an address that the Internet can reach, of a network that is not there."""
    host.ip(
        "link add wan type veth peer name far\nlink set wan up\nlink set far up\n"
        f"address add {PUBLIC}/24 dev wan\n"
    )
    path = folder(device) / "miniupnpd.conf"
    path.write_text(
        f"ext_ifname=wan\next_ip={PUBLIC}\nlistening_ip=lan\nenable_upnp=yes\nuuid={device.id}\n"
        f"lease_file={path}.leases\n",
        encoding="utf-8",
    )
    program = WORK / "miniupnpd-nftables/usr/sbin/miniupnpd"
    return run(host, program, "-d", "-f", path, "-P", f"{path}.pid")


def start_minidlna(host, device, _address):
    """A media server."""
    path = folder(device) / "minidlna.conf"
    path.write_text(
        f"media_dir={path.parent}\ndb_dir={path.parent}\nlog_dir={path.parent}\nnetwork_interface=lan\nport=8200\n"
        f"uuid={device.id}\ninotify=no\n",
        encoding="utf-8",
    )
    return run(host, WORK / "minidlna/usr/sbin/minidlnad", "-S", "-f", path, "-P", f"{path}.pid")
