"""A GigE Vision camera without a camera: Aravis' own, on the loopback. Says "ready" and runs until it is ended."""

import sys
import time

import gi

gi.require_version("Aravis", "0.8")
from gi.repository import Aravis  # noqa: E402

camera = Aravis.GvFakeCamera.new("127.0.0.1", sys.argv[1])
if not camera.is_running():
    sys.exit("the fake camera does not run: is its port taken?")
print("ready", flush=True)
while True:
    time.sleep(60)
