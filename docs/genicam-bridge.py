#!/usr/bin/python3
"""Writes the Mono8 frames of a GenICam camera (GigE Vision, USB3 Vision) to standard output, one PGM after the other.

Needs Aravis: apt-get install python3-gi gir1.2-aravis-0.8. Ends with status 1 and one sentence when there is no camera,
or when it is lost: whoever started it starts it again.
"""

import argparse
import sys
import time

import gi

gi.require_version("Aravis", "0.8")
from gi.repository import Aravis, GLib  # noqa: E402

BUFFERS = 8


def frames(camera: Aravis.Camera, silent: float):
    """The camera's frames, whole ones only, and of several that wait the newest."""
    stream = camera.create_stream(None, None)
    for _ in range(BUFFERS):
        stream.push_buffer(Aravis.Buffer.new_allocate(camera.get_payload()))
    camera.start_acquisition()
    last = time.monotonic()
    while True:
        buffer = stream.timeout_pop_buffer(200_000)
        while buffer and (newer := stream.try_pop_buffer()):
            stream.push_buffer(buffer)
            buffer = newer
        if buffer and buffer.get_status() == Aravis.BufferStatus.SUCCESS:
            last = time.monotonic()
            yield buffer.get_image_width(), buffer.get_image_height(), buffer.get_data()
        if buffer:
            stream.push_buffer(buffer)
        if time.monotonic() - last > silent:
            raise RuntimeError(f"no whole frame for {silent:g} seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--camera", help="its name, as arv-tool-0.8 lists it; default: the first one")
    parser.add_argument("--rate", type=float, default=2, help="frames a second that are handed on (default: 2)")
    parser.add_argument("--silent", type=float, default=5, help="seconds without a frame that mean it is lost")
    wanted = parser.parse_args()
    camera = Aravis.Camera.new(wanted.camera)
    camera.set_pixel_format(Aravis.PIXEL_FORMAT_MONO_8)
    if camera.is_gv_device():
        # Ordinary sockets need no privilege, and work on every kind of network interface.
        camera.gv_set_stream_options(Aravis.GvStreamOption.PACKET_SOCKET_DISABLED)
    due = time.monotonic()
    for width, height, data in frames(camera, wanted.silent):
        if time.monotonic() < due:
            continue
        due = max(due + 1 / wanted.rate, time.monotonic())
        if len(data) < width * height:
            raise RuntimeError(f"a frame of {width} x {height} has {len(data)} bytes")
        sys.stdout.buffer.write(b"P5\n%d %d\n255\n" % (width, height) + data[: width * height])
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except (GLib.Error, RuntimeError) as error:
        sys.exit(str(error))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
