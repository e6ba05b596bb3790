"""Library of miniupnpc: prints a line for each target. Its Python module asks for gateways alone, so the C function is
called."""

import ctypes
import sys


class Device(ctypes.Structure):
    """`struct UPNPDev` of miniupnpc 2.2, as far as it is read."""


Device._fields_ = [
    ("next", ctypes.POINTER(Device)),
    ("location", ctypes.c_char_p),
    ("target", ctypes.c_char_p),
    ("usn", ctypes.c_char_p),
]

library = ctypes.CDLL("libminiupnpc.so.17")
library.upnpDiscoverAll.restype = ctypes.POINTER(Device)
error = ctypes.c_int()
milliseconds = int(float(sys.argv[1]) * 1000)
device = library.upnpDiscoverAll(milliseconds, b"lan", None, 0, 0, ctypes.c_ubyte(2), ctypes.byref(error))
while device:
    print(device.contents.usn.decode(), device.contents.target.decode())
    device = device.contents.next
