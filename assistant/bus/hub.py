"""The supervisor's sockets: where stages report, interrupts and events spread, clients ask.

up          PULL    Beat and Event of every stage
interrupts  PULL    Stop, Duck, … of any stage
down        PUB     those, and Halt and Reload, to every stage
tap         PUB     Event, to whoever looks; 1,000 wait for a subscriber, no more
control     ROUTER  Request and Reply
"""

from __future__ import annotations

from typing import NamedTuple

import zmq

from assistant import messages as m
from assistant.bus import sockets
from assistant.bus.links import EVERYONE, INTERRUPT_BOUND, ONE, TAP_BOUND
from assistant.bus.parts import JOIN, Parts, Whole
from assistant.bus.places import Places
from assistant.bus.sockets import Context, Socket
from assistant.errors import BusError
from assistant.keys import Keys
from assistant.pipeline import INTERRUPTS

CONTROL_BOUND = 64
"""Requests answered in one turn; the sockets hold more, so that the rest can be refused."""
MOST_IN_A_TURN = 256


class Reported(NamedTuple):
    """A Beat or Event of a stage."""

    stage: str
    message: m.Message


class Asked(NamedTuple):
    """A request and where its reply goes."""

    request: m.Request
    socket: Socket
    client: bytes


class Hub:
    """Opens every channel of the daemon; used in one thread.

    Args:
        control_tcp: where control is offered to other machines too.
        join: control of the daemon on another machine that this one is a part of.

    Raises:
        BusError: an address cannot be bound or connected.
    """

    def __init__(
        self,
        context: Context,
        places: Places,
        control_tcp: str = "",
        keys: Keys | None = None,
        join: str = "",
    ) -> None:
        self._context = context
        self._places = places
        self._sockets: list[Socket] = []
        self._watches: list[sockets.Watch] = []
        self._gate: sockets.Gate | None = None
        self._faults: list[str] = []
        self._parts = Parts()
        self._whole: Whole | None = None
        self._from_parts: list[Reported] = []
        try:
            self._open(places, control_tcp, keys)
            self._whole = Whole(context, join, keys) if join else None
        except BaseException:
            self.close()
            raise

    def _open(self, places: Places, control_tcp: str, keys: Keys | None) -> None:
        if keys:
            self._gate = sockets.Gate(self._context, keys)
        self._up = self._bound(zmq.PULL, places.hub_door("up"), TAP_BOUND)
        self._interrupts = self._bound(zmq.PULL, places.hub_door("interrupts"), TAP_BOUND)
        self._down = self._bound(zmq.PUB, places.hub_door("down"), INTERRUPT_BOUND)
        self._tap = self._bound(zmq.PUB, ["inproc://tap", places.client("tap")], TAP_BOUND, b"tap")
        near = ["inproc://control", places.client("control")]
        self._controls = [self._bound(zmq.ROUTER, near, TAP_BOUND)]
        if control_tcp:
            far = sockets.new_socket(self._context, zmq.ROUTER, TAP_BOUND, TAP_BOUND)
            self._sockets.append(far)
            self._watches.append(sockets.Watch(far, control_tcp, serving=True))
            sockets.bind(far, control_tcp, keys)
            self._controls.append(far)
        self._typed = sockets.new_socket(self._context, zmq.PUSH)
        self._sockets.append(self._typed)
        self._typed_to = ""
        self._keys = keys

    def _bound(self, kind: int, addresses: list[str], bound: int, welcome: bytes = b"") -> Socket:
        socket = sockets.new_socket(self._context, kind, send_bound=bound, receive_bound=bound)
        self._sockets.append(socket)
        if welcome:
            socket.setsockopt(zmq.XPUB_WELCOME_MSG, welcome)
        for address in addresses:
            sockets.bind(socket, address)
        return socket

    def wait(self, timeout_s: float) -> None:
        """Until something arrives, or time is over."""
        wanted = [
            (socket, sockets.POLLIN) for socket in (self._interrupts, self._up, *self._controls)
        ]
        # never readable, but polled they take new subscribers in at once
        wanted += [(self._down, sockets.POLLIN), (self._tap, sockets.POLLIN)]
        wanted += [(watch.monitor, sockets.POLLIN) for watch in self._watches]
        if self._gate:
            wanted.append((self._gate.socket, sockets.POLLIN))
        if self._whole:
            self._whole.say()
            wanted.append((self._whole.socket, sockets.POLLIN))
            wanted.append((self._whole.watch.monitor, sockets.POLLIN))
        sockets.poll(wanted, timeout_s)
        if self._gate:
            self._faults += self._gate.answer()
        for watch in self._watches:
            self._faults += watch.faults()
        if self._whole:
            self._faults += self._whole.watch.faults()

    def spread_interrupts(self) -> list[m.Message]:
        """Hand every interrupt on to all stages, here and elsewhere; what they were."""
        found: list[m.Message] = []
        while len(found) < MOST_IN_A_TURN and (frames := sockets.receive(self._interrupts)):
            try:
                message = m.decode(frames[1:])
            except BusError as error:
                self._faults.append(f"interrupt: {error}")
                continue
            self._spread(message, origin=frames[0])
            found.append(message)
        if self._whole:
            messages, faults = self._whole.received()
            self._faults += faults
            for message in messages:
                sockets.send(self._down, [EVERYONE, b"", *m.encode(message)])
            found += messages
        return found

    def _spread(self, message: m.Message, origin: bytes = b"", part: bytes = b"") -> None:
        """To all stages but ``origin``, all parts but ``part``, and the whole."""
        frames = m.encode(message)
        sockets.send(self._down, [EVERYONE, origin, *frames])
        self._parts.send(frames, but=part)
        if self._whole:
            self._whole.send(frames)

    def interrupt(self, message: m.Message) -> None:
        """To every stage, past every queue."""
        self._spread(message)

    def reports(self) -> list[Reported]:
        """Beats and events of the stages since the last call."""
        found, self._from_parts = self._from_parts, []
        while len(found) < MOST_IN_A_TURN and (frames := sockets.receive(self._up)):
            try:
                found.append(Reported(frames[0].decode(errors="replace"), m.decode(frames[1:])))
            except BusError as error:
                self._faults.append(f"report: {error}")
        return found

    def requests(self) -> list[Asked]:
        """Requests of clients; those beyond the bound are refused with a reply at once."""
        found: list[Asked] = []
        for socket in self._controls:
            while arrived := sockets.receive(socket):
                client, *frames = arrived
                try:
                    message = m.decode(frames)
                except BusError as error:
                    self._faults.append(f"control: {error}")
                    continue
                if not isinstance(message, m.Request):
                    self._from_part(socket, client, message)
                elif len(found) >= CONTROL_BOUND:
                    busy = m.Reply(ok=False, error="busy: too many requests at once; ask again")
                    self.reply(Asked(message, socket, client), busy)
                elif message.command != JOIN or self._parts.note(socket, client):
                    found.append(Asked(message, socket, client))
        return found

    def _from_part(self, socket: Socket, client: bytes, message: m.Message) -> None:
        """An interrupt or event of a part on another machine."""
        if not self._parts.knows(socket, client):
            self._faults.append(f"control: {type(message).__name__}, expected Request")
        elif isinstance(message, INTERRUPTS):
            self._spread(message, part=client)
            self._from_parts.append(Reported("", message))
        elif isinstance(message, m.Event) and len(self._from_parts) < TAP_BOUND:
            self._from_parts.append(Reported(message.stage, message))

    def reply(self, asked: Asked, reply: m.Reply) -> None:
        """Answer; a client that is gone or never reads loses it."""
        sockets.send_to(asked.socket, asked.client, m.encode(reply))

    def faults(self) -> list[str]:
        """What was thrown away or refused since the last call, a sentence each."""
        found, self._faults = self._faults, []
        return found

    def publish(self, event: m.Event) -> None:
        """To the tap, here and where this is a part of."""
        frames = m.encode(event)
        sockets.send(self._tap, [b"tap", *frames])
        if self._whole:
            self._whole.send(frames)

    def command(self, message: m.Message, stage: str = "") -> None:
        """To one stage, or to all of them, past every queue."""
        topic = ONE + stage.encode() if stage else EVERYONE
        sockets.send(self._down, [topic, b"", *m.encode(message)])

    def push(self, stage: str, message: m.Message) -> bool:
        """Into the door of ``stage`` (always the same one); False where that is full."""
        if not self._typed_to:
            sockets.connect(self._typed, self._places.outlet("", stage), self._keys)
            self._typed_to = stage
        return sockets.send(self._typed, m.encode(message))

    def close(self) -> None:
        """Close every channel."""
        for watch in self._watches:
            watch.close()
        for socket in self._sockets:
            socket.close(0)
        if self._whole:
            self._whole.close()
        if self._gate:
            self._gate.close()
