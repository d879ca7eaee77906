"""Sockets as the bus uses them: no lingering, bounded, and on tcp never without CURVE.

``ZAP`` is ZeroMQ's authentication protocol (RFC 27): the library asks a socket at a fixed
inproc address about each peer that shakes hands.
"""

from __future__ import annotations

import socket as system
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import zmq
from zmq.utils import z85
from zmq.utils.monitor import parse_monitor_message

from assistant.errors import BusError
from assistant.keys import Keys

Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]
LONGEST_MESSAGE_BYTES = 4 * 1024 * 1024
POLLIN, POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)
NOBLOCK, MORE, EVENTS = int(zmq.NOBLOCK), int(zmq.SNDMORE), int(zmq.EVENTS)
"""As plain numbers: pyzmq's enumerations cost more than the call they are passed to."""
ZAP_ADDRESS = "inproc://zeromq.zap.01"
DOMAIN = "assistant"
NO_CURVE = "no CURVE handshake, or one made for another key"
SERVER_FAULTS: dict[int, str] = dict.fromkeys(
    (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL),
    f"a peer was refused: {NO_CURVE}",
)
"""Whose key is not authorised is told by ``Gate``."""
CLIENT_FAULTS: dict[int, str] = {
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: f"not joined: {NO_CURVE}",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "not joined: this machine's key is not authorised there",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: (
        "not joined: it does not finish the handshake; is this machine's key "
        "(`assistant keys show`) authorised there?"
    ),
}
TELL_AGAIN_S = 60.0
MOST_TOLD = 64


def new_context() -> Context:
    """A context for the sockets of one process."""
    context: Context = zmq.Context()
    context.set(zmq.BLOCKY, 0)
    return context


def new_socket(
    context: Context, kind: int, send_bound: int = 64, receive_bound: int = 64
) -> Socket:
    """A socket that drops nothing but what its bounds say, and leaves without lingering."""
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, send_bound)
    socket.setsockopt(zmq.RCVHWM, receive_bound)
    socket.setsockopt(zmq.MAXMSGSIZE, LONGEST_MESSAGE_BYTES)
    socket.setsockopt(zmq.RECONNECT_IVL, 20)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 200)
    return socket


def bind(socket: Socket, address: str, keys: Keys | None = None) -> None:
    """Bind; on tcp as a CURVE server that asks ``Gate`` about each peer.

    Raises:
        BusError: the address is in use or not of this machine, or tcp without keys.
    """
    try:
        if address.startswith("tcp://"):
            _serve_curve(socket, _keys_for(address, keys))
            address = _resolved(address)
        socket.bind(address)
    except zmq.ZMQError as error:
        raise BusError(f"{address}: cannot be bound: {error.strerror}") from error


def connect(socket: Socket, address: str, keys: Keys | None = None) -> None:
    """Connect; on tcp as a CURVE client that knows the other end's key.

    Raises:
        BusError: tcp without keys, or the other end's key is not known.
    """
    try:
        if address.startswith("tcp://"):
            own = _keys_for(address, keys)
            socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public)
            socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret)
            socket.setsockopt(zmq.CURVE_SERVERKEY, own.of_host(urlsplit(address).hostname or ""))
            _beat(socket)
        socket.connect(address)
    except zmq.ZMQError as error:
        raise BusError(f"{address}: cannot be connected: {error.strerror}") from error


def receive(socket: Socket) -> list[bytes] | None:
    """The frames of the next message, or None; never blocks."""
    try:
        return socket.recv_multipart(NOBLOCK)
    except zmq.Again:
        return None


def send(socket: Socket, frames: list[bytes]) -> bool:
    """Send one message; False where there is no room. Never blocks."""
    try:
        socket.send(frames[0], NOBLOCK | MORE)
        for frame in frames[1:-1]:
            socket.send(frame, NOBLOCK | MORE)
        socket.send(frames[-1], NOBLOCK)
    except zmq.Again:
        return False
    return True


def send_to(socket: Socket, client: bytes, frames: list[bytes]) -> None:
    """Send to one client of a ROUTER; one that is gone or never reads loses it."""
    try:
        socket.send_multipart([client, *frames], NOBLOCK)
    except zmq.ZMQError:
        return


def poll(sockets: list[tuple[Socket, int]], timeout_s: float) -> set[Socket]:
    """Those that are ready, after at most ``timeout_s``, rounded up to whole milliseconds."""
    timeout_ms = max(0, int(-(-timeout_s * 1000 // 1)))
    ready: list[tuple[Any, int]] = zmq.zmq_poll(sockets, timeout_ms)
    return {socket for socket, _ in ready}


class Watch:
    """Tells of handshakes that fail on a tcp socket: each peer's fault once a minute.

    Args:
        serving: the socket is bound; else it is connected to ``address``.
    """

    def __init__(self, socket: Socket, address: str, serving: bool) -> None:
        self._socket = socket
        self._address = address
        self._faults = SERVER_FAULTS if serving else CLIENT_FAULTS
        self._told: dict[str, float] = {}
        self.monitor: Socket = socket.get_monitor_socket(sum(self._faults))
        self.monitor.setsockopt(zmq.LINGER, 0)

    def faults(self) -> Iterator[str]:
        """What failed since the last call, a sentence each."""
        while frames := receive(self.monitor):
            kind = parse_monitor_message(frames)["event"]
            if kind in self._faults:
                yield from once(self._told, f"{self._address}: {self._faults[kind]}")

    def close(self) -> None:
        """Before the socket that is watched is closed."""
        self._socket.disable_monitor()
        self.monitor.close(0)


class Gate:
    """The ZAP handler of this process: lets in whose key is authorised."""

    def __init__(self, context: Context, keys: Keys) -> None:
        self._keys = keys
        self._told: dict[str, float] = {}
        self.socket = new_socket(context, zmq.REP)
        self.socket.bind(ZAP_ADDRESS)

    def answer(self) -> Iterator[str]:
        """Answer what is asked; a sentence for each peer that was refused."""
        while frames := receive(self.socket):
            _, number, _, address, _, mechanism, *credentials = frames
            key = z85.encode(credentials[0]) if mechanism == b"CURVE" else b""
            fault = self._fault(key)
            # 300: hang up but let it try again, so that a key counts as soon as it is added
            code, reason = (b"300", b"not authorised") if fault else (b"200", b"OK")
            self.socket.send_multipart([b"1.0", number, code, reason, key, b""])
            if fault:
                yield from once(self._told, f"peer {address.decode(errors='replace')}: {fault}")

    def close(self) -> None:
        """After this no peer is let in."""
        self.socket.close(0)

    def _fault(self, key: bytes) -> str:
        try:
            if self._keys.lets_in(key):
                return ""
        except BusError as error:
            return str(error)
        return (
            f"refused: its key {key.decode()} is not in {self._keys.folder / 'authorised'}; "
            "add it there to let it in"
        )


def once(told: dict[str, float], sentence: str) -> Iterator[str]:
    """``sentence``, unless it was told less than a minute ago."""
    now = time.monotonic()
    if now - told.get(sentence, -TELL_AGAIN_S) < TELL_AGAIN_S:
        return
    if len(told) >= MOST_TOLD:
        told.clear()
    told[sentence] = now
    yield sentence


def new_pair() -> tuple[bytes, bytes]:
    """A new public and secret key."""
    public, secret = zmq.curve_keypair()
    return public, secret


def _keys_for(address: str, keys: Keys | None) -> Keys:
    if keys is None:
        raise BusError(f"{address}: tcp only with keys; make them with `assistant keys new`")
    return keys


def _serve_curve(socket: Socket, keys: Keys) -> None:
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret)
    socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN.encode())
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
    _beat(socket)


def _beat(socket: Socket) -> None:
    """Notice a machine that is gone without a word; try a refused handshake again soon."""
    socket.setsockopt(zmq.HANDSHAKE_IVL, 2000)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)


def _resolved(address: str) -> str:
    """Bind wants a number where connect takes a name."""
    parts = urlsplit(address)
    try:
        return f"tcp://{system.gethostbyname(parts.hostname or '')}:{parts.port}"
    except OSError as error:
        raise BusError(f"{address}: unknown host: {error.strerror}") from error
