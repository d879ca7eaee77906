"""Media players of the desktop, over D-Bus (MPRIS 2).

Source: the MPRIS D-Bus Interface Specification, freedesktop.org.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, Literal, TypeVar

import msgspec
from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from assistant.errors import SkillError

LIMIT_S = 1.5
PREFIX = "org.mpris.MediaPlayer2."
PATH = "/org/mpris/MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
MOST_PLAYERS = 16
Method = Literal["Play", "Pause", "Stop", "Next", "Previous", "PlayPause"]
Result = TypeVar("Result")
_ORDER = {"Playing": 0, "Paused": 1}


class Playing(msgspec.Struct, frozen=True):
    """A player and what it has on."""

    player: str
    """Its name on the bus."""
    status: str
    """``Playing``, ``Paused`` or ``Stopped``."""
    title: str = ""
    artist: str = ""
    album: str = ""


def players() -> list[Playing]:
    """The players that run: those that play first, then the paused ones.

    Raises:
        SkillError: there is no session bus, or it does not answer.
    """
    return _on_bus(_players)


def press(player: str, method: Method) -> None:
    """Press one of ``player``'s keys.

    Raises:
        SkillError: the player is gone, cannot do it, or does not answer.
    """
    _on_bus(lambda bus: _call(bus, player, PLAYER, method))


def _on_bus(work: Callable[[MessageBus], Coroutine[Any, Any, Result]]) -> Result:
    """Connect, do ``work``, hang up; each in a loop of its own, so that nothing stays open."""

    async def connected() -> Result:
        bus = await MessageBus(bus_address=_address()).connect()
        try:
            return await work(bus)
        finally:
            bus.disconnect()

    try:
        return asyncio.run(asyncio.wait_for(connected(), LIMIT_S))
    except TimeoutError as error:
        raise SkillError("The music player does not answer.") from error
    except DBusError as error:
        raise SkillError("The music player refused that.") from error
    except (OSError, EOFError, ValueError) as error:
        raise SkillError("I cannot reach the desktop's media players.") from error


def _address() -> str:
    """The session bus's address; without one in the environment, systemd's place for it."""
    if address := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    return f"unix:path={runtime}/bus"


async def _players(bus: MessageBus) -> list[Playing]:
    reply = await _call(
        bus,
        "org.freedesktop.DBus",
        "org.freedesktop.DBus",
        "ListNames",
        path="/org/freedesktop/DBus",
    )
    names = [name for name in reply[0] if name.startswith(PREFIX)][:MOST_PLAYERS]
    found = await asyncio.gather(*(_playing(bus, name) for name in names), return_exceptions=True)
    playing = [one for one in found if isinstance(one, Playing)]
    return sorted(playing, key=lambda one: (_ORDER.get(one.status, 2), one.player))


async def _playing(bus: MessageBus, player: str) -> Playing:
    call = _call(bus, player, "org.freedesktop.DBus.Properties", "GetAll", "s", [PLAYER])
    reply = await asyncio.wait_for(call, LIMIT_S / 3)
    properties = {name: variant.value for name, variant in reply[0].items()}
    about = {name: variant.value for name, variant in properties.get("Metadata", {}).items()}
    return Playing(
        player,
        str(properties.get("PlaybackStatus", "Stopped")),
        _text(about.get("xesam:title")),
        _text(about.get("xesam:artist")),
        _text(about.get("xesam:album")),
    )


def _text(value: Any) -> str:
    """A title, or names of artists, as one short text."""
    names = value if isinstance(value, list) else [value]
    plain = [name.value if isinstance(name, Variant) else name for name in names]
    return " and ".join(str(name) for name in plain[:3] if name)[:200]


async def _call(
    bus: MessageBus,
    player: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
    path: str = PATH,
) -> list[Any]:
    message = Message(
        destination=player,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body or [],
    )
    reply = await bus.call(message)
    if reply is None or reply.message_type is MessageType.ERROR:
        raise DBusError("org.freedesktop.DBus.Error.Failed", f"{player} refused {member}")
    return list(reply.body)
