"""All sockets of one stage: its door, its outlets, and the lines to the hub.

Made, used and closed in the stage's own thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import zmq

from assistant import messages as m
from assistant.bus import sockets
from assistant.bus.backlog import Backlog, Verdict
from assistant.bus.places import Places
from assistant.bus.sockets import Context, Socket
from assistant.keys import Keys
from assistant.pipeline import Route, WhenFull

TAP_BOUND = 1000
INTERRUPT_BOUND = 64
SOCKET_BOUND = 8
"""The most that a socket holds of its own in front of a door."""
DOOR_BOUND = 2
"""Of a door for each sender; with 1, libzmq 4.3.5 loses parts of messages under CURVE."""
FORCED_MOST = 64
EVERYONE, ONE = b"*", b"@"
"""First frame on the interrupt line: for every stage, or ``@name`` for one."""


class Ready(NamedTuple):
    """What can be received."""

    interrupt: bool
    door: bool


class Outlet:
    """The way from one stage to one other: a backlog in front of a PUSH socket."""

    def __init__(self, socket: Socket, routes: list[Route]) -> None:
        held = max(1, min(SOCKET_BOUND, min(route.bound for route in routes) // 2))
        socket.setsockopt(zmq.SNDHWM, held)
        self.socket = socket
        self.backlog = Backlog(ahead=held + DOOR_BOUND)

    def offer(self, route: Route, message: m.Message) -> Verdict:
        """Send ``message``, keep it, or say why not; never blocks."""
        self.flush()
        if not self.backlog and not self.backlog.is_given_up(message) and self._send(message):
            return Verdict.TAKEN
        return self.backlog.add(route, message)

    def flush(self) -> None:
        """Send what waits, as far as the receiver takes it."""
        while (held := self.backlog.head()) and self._send(held.message):
            self.backlog.pop()

    def _send(self, message: m.Message) -> bool:
        return sockets.send(self.socket, m.encode(message))


class Door:
    """Where a stage's messages arrive: PULL, bound; one socket for this machine, one for tcp.

    Args:
        opened, watches: what was opened is added to, also when a later step fails.
    """

    def __init__(
        self,
        context: Context,
        addresses: list[str],
        keys: Keys | None,
        opened: list[Socket],
        watches: list[sockets.Watch],
    ) -> None:
        self.sockets: list[Socket] = []
        near = [address for address in addresses if not address.startswith("tcp://")]
        far = [address for address in addresses if address.startswith("tcp://")]
        for group in filter(None, (near, far)):
            socket = sockets.new_socket(context, zmq.PULL, receive_bound=DOOR_BOUND)
            opened.append(socket)
            self.sockets.append(socket)
            if group is far:
                watches.append(sockets.Watch(socket, far[0], serving=True))
            for address in group:
                sockets.bind(socket, address, keys)

    def receive(self) -> m.Message | None:
        """The next message, or None.

        Raises:
            BusError: it does not validate; it is thrown away.
        """
        for socket in self.sockets:
            if frames := sockets.receive(socket):
                self.sockets.reverse()  # the other one first next time
                return m.decode(frames)
        return None


class Links:
    """The sockets of the stage ``name``."""

    def __init__(
        self, name: str, context: Context, places: Places, keys: Keys | None = None
    ) -> None:
        self.name = name
        self._origin = name.encode()
        self._outlets: dict[str, Outlet] = {}
        self._watches: list[sockets.Watch] = []
        self._sockets: list[Socket] = []
        try:
            self._open(context, places, keys)
        except BaseException:
            self.close()
            raise

    def _open(self, context: Context, places: Places, keys: Keys | None) -> None:
        self._down = self._connect(context, zmq.SUB, places.hub("down", self.name))
        self._up = self._connect(context, zmq.PUSH, places.hub("up", self.name))
        self._interrupts = self._connect(context, zmq.PUSH, places.hub("interrupts", self.name))
        addresses = places.door(self.name)
        self._door = Door(context, addresses, keys, self._sockets, self._watches)
        by_receiver: dict[str, list[Route]] = defaultdict(list)
        for route in places.table[self.name].routes:
            by_receiver[route.to].append(route)
        for to, routes in by_receiver.items():
            self._outlets[to] = self._outlet(context, places.outlet(self.name, to), routes, keys)
        self._dropping = [
            outlet
            for to, outlet in self._outlets.items()
            if any(route.when_full is WhenFull.DROP_OLDEST for route in by_receiver[to])
        ]
        self.routes: dict[type[m.Message], list[Route]] = defaultdict(list)
        for route in places.table[self.name].routes:
            self.routes[route.kind].append(route)
        self._latest: dict[Route, m.Message] = {}
        self._without_door = [(self._down, sockets.POLLIN)]
        self._without_door += [(watch.monitor, sockets.POLLIN) for watch in self._watches]
        doors = [(socket, sockets.POLLIN) for socket in self._door.sockets]
        self._with_door = self._without_door + doors

    def _connect(self, context: Context, kind: int, address: str) -> Socket:
        bound = INTERRUPT_BOUND if kind == zmq.SUB else TAP_BOUND
        socket = sockets.new_socket(context, kind, send_bound=bound, receive_bound=bound)
        self._sockets.append(socket)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, EVERYONE)
            socket.setsockopt(zmq.SUBSCRIBE, ONE + self.name.encode())
        sockets.connect(socket, address)
        return socket

    def _outlet(
        self, context: Context, address: str, routes: list[Route], keys: Keys | None
    ) -> Outlet:
        socket = sockets.new_socket(context, zmq.PUSH)
        self._sockets.append(socket)
        outlet = Outlet(socket, routes)
        if address.startswith("tcp://"):
            self._watches.append(sockets.Watch(socket, address, serving=False))
        sockets.connect(socket, address, keys)
        return outlet

    # -- waiting ---------------------------------------------------------------------

    def wait(self, timeout_s: float, read_door: bool) -> Ready:
        """Until there is something to do, or ``timeout_s`` is over; sends what waited."""
        wanted = self._with_door if read_door else self._without_door
        waiting = [outlet for outlet in self._outlets.values() if outlet.backlog]
        if waiting:
            wanted = wanted + [(outlet.socket, sockets.POLLOUT) for outlet in waiting]
        ready = sockets.poll(wanted, timeout_s)
        for outlet in waiting:
            if outlet.socket in ready:
                outlet.flush()
        return Ready(
            interrupt=self._down in ready,
            door=read_door and any(socket in ready for socket in self._door.sockets),
        )

    def receive(self) -> m.Message | None:
        """The next message at the door, or None; raises ``BusError`` as ``Door.receive``."""
        return self._door.receive()

    def interrupt(self) -> m.Message | None:
        """The next message of the hub that is not of this stage's own making, or None.

        Raises:
            BusError: it does not validate; it is thrown away.
        """
        while frames := sockets.receive(self._down):
            _, *rest = frames
            if rest and rest[0] != self._origin:
                return m.decode(rest[1:])
        return None

    def faults(self) -> Iterator[str]:
        """Peers that were refused, a sentence each."""
        for watch in self._watches:
            yield from watch.faults()

    # -- sending ---------------------------------------------------------------------

    def offer(self, route: Route, message: m.Message) -> Verdict:
        """Send ``message`` on its way, or say why it does not go; never blocks."""
        if route.when_full is WhenFull.NEWEST_ONLY and not message.utterance:
            self._latest[route] = message
        return self._outlets[route.to].offer(route, message)

    def force(self, route: Route, message: m.Message) -> bool:
        """Send past the bound what cannot wait; False where even that is full."""
        outlet = self._outlets[route.to]
        if outlet.offer(route, message) is not Verdict.FULL:
            return True
        return outlet.backlog.force(route, message, FORCED_MOST)

    def repeat_to(self, receiver: str) -> None:
        """``receiver`` was made anew: tell it again what holds until replaced."""
        for route, message in self._latest.items():
            if route.to == receiver:
                self._outlets[receiver].offer(route, message)

    def forget(self, utterance: str) -> None:
        """Drop what waits of a cancelled utterance."""
        for outlet in self._outlets.values():
            outlet.backlog.forget(utterance)

    def dropped(self) -> dict[str, int]:
        """``{"Frame to hearing": count}`` since the last call."""
        found: dict[str, int] = {}
        for to, outlet in self._outlets.items():
            found |= {f"{kind} to {to}": n for kind, n in outlet.backlog.dropped.items()}
            outlet.backlog.dropped.clear()
        return found

    @property
    def has_dropped(self) -> bool:
        """Something was dropped and not told yet."""
        return any([outlet.backlog.dropped for outlet in self._dropping])

    def report(self, message: m.Event | m.Beat) -> None:
        """To the supervisor; an event goes on to the tap. Dropped where that is full."""
        self._push(self._up, message)

    def broadcast(self, message: m.Message) -> None:
        """An interrupt to every other stage."""
        self._push(self._interrupts, message)

    def _push(self, socket: Socket, message: m.Message) -> None:
        sockets.send(socket, [self._origin, *m.encode(message)])

    def close(self) -> None:
        """Close every socket; what waits is dropped."""
        for watch in self._watches:
            watch.close()
        for socket in self._sockets:
            socket.close(0)
