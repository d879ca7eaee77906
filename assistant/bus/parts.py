"""Daemons on several machines as one: interrupts, the mute and events cross between them.

The daemon with ``bus.control`` is the whole; daemons with ``bus.join`` are its parts. A
part says so again and again; the whole hands every interrupt on to all parts but the one
that it came from, and takes their events as its own.
"""

from __future__ import annotations

import time

import zmq

from assistant import messages as m
from assistant.bus import sockets
from assistant.bus.sockets import Context, Socket
from assistant.errors import BusError
from assistant.keys import Keys
from assistant.pipeline import INTERRUPTS

JOIN = "join"
JOIN_EVERY_S, GONE_AFTER_S = 2.0, 10.0
MOST_PARTS = 16
BOUND = 1000


class Parts:
    """The whole's view: who has joined."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Socket, bytes], float] = {}

    def note(self, socket: Socket, client: bytes) -> bool:
        """A part says that it is there; False when there are too many."""
        now = time.monotonic()
        self._seen = {key: at for key, at in self._seen.items() if now - at < GONE_AFTER_S}
        if len(self._seen) >= MOST_PARTS and (socket, client) not in self._seen:
            return False
        self._seen[socket, client] = now
        return True

    def knows(self, socket: Socket, client: bytes) -> bool:
        """``client`` is a part."""
        return (socket, client) in self._seen

    def send(self, frames: list[bytes], but: bytes = b"") -> None:
        """A message to all parts but one; one that never reads loses it."""
        for socket, client in self._seen:
            if client != but:
                sockets.send_to(socket, client, frames)


class Whole:
    """A part's view: the way to the whole."""

    def __init__(self, context: Context, address: str, keys: Keys | None) -> None:
        self.socket = sockets.new_socket(context, zmq.DEALER, BOUND, BOUND)
        self.watch = sockets.Watch(self.socket, address, serving=False)
        self._say_at = 0.0
        try:
            sockets.connect(self.socket, address, keys)
        except BusError:
            self.close()
            raise

    def say(self) -> None:
        """That this part is there, now and then."""
        now = time.monotonic()
        if now >= self._say_at:
            self._say_at = now + JOIN_EVERY_S
            self.send(m.encode(m.Request(command=JOIN)))

    def send(self, frames: list[bytes]) -> None:
        """An interrupt or event of this part; dropped while the whole is not there."""
        sockets.send(self.socket, frames)

    def received(self) -> tuple[list[m.Message], list[str]]:
        """Interrupts, and replies that tell of the mute; and the faults there were."""
        found: list[m.Message] = []
        faults: list[str] = []
        while len(found) < BOUND and (frames := sockets.receive(self.socket)):
            try:
                message = m.decode(frames)
            except BusError as error:
                faults.append(f"join: {error}")
                continue
            if isinstance(message, m.Reply) and "muted" in message.facts:
                found.append(m.Mute(on=bool(message.facts["muted"])))
            elif isinstance(message, INTERRUPTS):
                found.append(message)
        return found, faults

    def close(self) -> None:
        """Leave."""
        self.watch.close()
        self.socket.close(0)
