"""A small MPRIS player for the tests: ``player.py NAME STATUS TITLE``; tells each key.

No ``annotations`` from the future here: D-Bus signatures are read from the annotations.
"""

import asyncio
import sys

from dbus_fast import Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property


class Player(ServiceInterface):
    """The keys of a player; each changes the status as a real one's does."""

    def __init__(self, status: str, title: str) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self.status = status
        self.tracks = [title, "Second Song"]

    def _press(self, key: str, status: str) -> None:
        self.status = status
        print(key, flush=True)

    @dbus_method()
    def Play(self):
        self._press("Play", "Playing")

    @dbus_method()
    def Pause(self):
        self._press("Pause", "Paused")

    @dbus_method()
    def Stop(self):
        self._press("Stop", "Stopped")

    @dbus_method()
    def Next(self):
        self.tracks = self.tracks[1:] + self.tracks[:1]
        self._press("Next", self.status)

    @dbus_method()
    def Previous(self):
        self._press("Previous", self.status)

    @dbus_property(access=PropertyAccess.READ)
    def PlaybackStatus(self) -> "s":  # noqa: F821
        return self.status

    @dbus_property(access=PropertyAccess.READ)
    def Metadata(self) -> "a{sv}":  # noqa: F722
        return {
            "xesam:title": Variant("s", self.tracks[0]),
            "xesam:artist": Variant("as", ["The Testers"]),
        }


async def main(name: str, status: str, title: str) -> None:
    bus = await MessageBus().connect()
    bus.export("/org/mpris/MediaPlayer2", Player(status, title))
    await bus.request_name(f"org.mpris.MediaPlayer2.{name}")
    print("ready", flush=True)
    await bus.wait_for_disconnect()


asyncio.run(main(*sys.argv[1:4]))
