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
from assistant.bus.places import Places
from assistant.bus.sockets import Context, Socket
from assistant.errors import BusError
from assistant.keys import Keys

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
    """Opens every channel of the daemon; used in one thread."""

    def __init__(
        self, context: Context, places: Places, control_tcp: str = "", keys: Keys | None = None
    ) -> None:
        self._context = context
        self._places = places
        self._sockets: list[Socket] = []
        self._watches: list[sockets.Watch] = []
        self._gate: sockets.Gate | None = None
        self._faults: list[str] = []
        try:
            self._open(places, control_tcp, keys)
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
        sockets.poll(wanted, timeout_s)
        if self._gate:
            self._faults += self._gate.answer()
        for watch in self._watches:
            self._faults += watch.faults()

    def spread_interrupts(self) -> list[m.Message]:
        """Hand every interrupt on to all stages; what they were."""
        found: list[m.Message] = []
        while len(found) < MOST_IN_A_TURN and (frames := sockets.receive(self._interrupts)):
            try:
                message = m.decode(frames[1:])
            except BusError as error:
                self._faults.append(f"interrupt: {error}")
                continue
            sockets.send(self._down, [EVERYONE, *frames])
            found.append(message)
        return found

    def reports(self) -> list[Reported]:
        """Beats and events of the stages since the last call."""
        found: list[Reported] = []
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
                    request = m.decode(frames)
                except BusError as error:
                    self._faults.append(f"control: {error}")
                    continue
                if not isinstance(request, m.Request):
                    self._faults.append(f"control: {type(request).__name__}, expected Request")
                elif len(found) >= CONTROL_BOUND:
                    busy = m.Reply(ok=False, error="busy: too many requests at once; ask again")
                    self.reply(Asked(request, socket, client), busy)
                else:
                    found.append(Asked(request, socket, client))
        return found

    def reply(self, asked: Asked, reply: m.Reply) -> None:
        """Answer; a client that is gone or never reads loses it."""
        try:
            asked.socket.send_multipart([asked.client, *m.encode(reply)], zmq.NOBLOCK)
        except zmq.ZMQError:
            return

    def faults(self) -> list[str]:
        """What was thrown away or refused since the last call, a sentence each."""
        found, self._faults = self._faults, []
        return found

    def publish(self, event: m.Event) -> None:
        """To the tap."""
        sockets.send(self._tap, [b"tap", *m.encode(event)])

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
        if self._gate:
            self._gate.close()
