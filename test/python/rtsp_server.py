"""An RTSP server (GStreamer's) that sends part-0.jpg to part-3.jpg of FOLDER as H.264, again and again.

rtsp_server.py PORT FOLDER; says "ready" when it listens.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
port, folder = sys.argv[1:]
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( multifilesrc location="{folder}/part-%d.jpg" stop-index=3 loop=true caps="image/jpeg,framerate=10/1" '
    "! jpegdec ! videoconvert ! openh264enc gop-size=10 bitrate=4000000 "
    "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
factory.set_shared(True)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/line1", factory)
if server.attach(None) == 0:
    sys.exit("the port is taken")
print("ready", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
