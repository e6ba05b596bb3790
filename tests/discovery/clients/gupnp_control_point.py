"""Control point of GUPnP: prints a line for each target of each device whose description it takes."""

import sys

import gi

gi.require_version("GSSDP", "1.6")
gi.require_version("GUPnP", "1.6")
from gi.repository import GLib, GSSDP, GUPnP  # noqa: E402

seconds, *targets = sys.argv[1:]
context = GUPnP.Context.new_full("lan", None, 0, GSSDP.UDAVersion.VERSION_1_0)
points = []
for target in targets:
    point = GUPnP.ControlPoint.new(context, target)
    point.connect("device-proxy-available", lambda _, device, target=target: print(device.get_udn(), target))
    point.set_active(True)
    points.append(point)
loop = GLib.MainLoop()
GLib.timeout_add(int(float(seconds) * 1000), loop.quit)
loop.run()
