"""Root device of GUPnP, whose `device.xml` is in the folder that is named."""

import sys

import gi

gi.require_version("GSSDP", "1.6")
gi.require_version("GUPnP", "1.6")
from gi.repository import GLib, GSSDP, GUPnP  # noqa: E402

context = GUPnP.Context.new_full("lan", None, 0, GSSDP.UDAVersion.VERSION_1_0)
device = GUPnP.RootDevice.new(context, "device.xml", sys.argv[1])
device.set_available(True)
GLib.MainLoop().run()
