"""The two ways in from outside: look at the tap, ask through control.

A socket belongs to the thread that makes it, so each is made where it is used.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType

import zmq

from assistant import messages as m
from assistant.bus import sockets
from assistant.bus.links import TAP_BOUND
from assistant.bus.sockets import Context
from assistant.errors import AssistantError
from assistant.keys import Keys

ANSWER_S = 3.0


class Tap:
    """Events of a daemon, from the moment of ``joined`` on.

    Args:
        address: of the daemon's tap; with the daemon's own ``context``, ``inproc://tap``.
    """

    def __init__(self, address: str, context: Context | None = None) -> None:
        self._own = sockets.new_context() if context is None else None
        self._socket = sockets.new_socket(
            context or self._own or sockets.new_context(), zmq.SUB, receive_bound=TAP_BOUND
        )
        self._socket.setsockopt(zmq.SUBSCRIBE, b"tap")
        sockets.connect(self._socket, address)

    def joined(self, timeout_s: float) -> bool:
        """The daemon has taken the subscription; call before the first ``next``."""
        if self._socket not in sockets.poll([(self._socket, sockets.POLLIN)], timeout_s):
            return False
        return self._socket.recv_multipart() == [b"tap"]

    def next(self, timeout_s: float) -> m.Event | None:
        """The next event, or None when ``timeout_s`` is over."""
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            if self._socket not in sockets.poll([(self._socket, sockets.POLLIN)], max(left, 0)):
                return None
            _, *frames = self._socket.recv_multipart()
            message = m.decode(frames) if frames else None
            if isinstance(message, m.Event):
                return message

    def until(self, kind: str, timeout_s: float) -> Iterator[m.Event]:
        """Events up to and with the first of ``kind``.

        Raises:
            AssistantError: none came within ``timeout_s``.
        """
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            event = self.next(left)
            if event is None:
                break
            yield event
            if event.kind == kind:
                return
        raise AssistantError(f"no {kind!r} within {timeout_s:g} s")

    def close(self) -> None:
        """End the subscription."""
        self._socket.close(0)
        if self._own:
            self._own.term()

    def __enter__(self) -> Tap:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()


class Control:
    """Asks a daemon.

    Args:
        address: of the daemon's control channel; on tcp with ``keys``.
    """

    def __init__(
        self, address: str, context: Context | None = None, keys: Keys | None = None
    ) -> None:
        self._address = address
        self._own = sockets.new_context() if context is None else None
        self._socket = sockets.new_socket(context or self._own or sockets.new_context(), zmq.DEALER)
        sockets.connect(self._socket, address, keys)

    def ask(
        self,
        command: str,
        arguments: Mapping[str, object] | None = None,
        timeout_s: float = ANSWER_S,
    ) -> m.Reply:
        """The daemon's reply to ``command``.

        Raises:
            AssistantError: no reply within ``timeout_s``.
        """
        request = m.Request(command=command, arguments=dict(arguments or {}))
        self._socket.send_multipart(m.encode(request), zmq.NOBLOCK)
        if self._socket in sockets.poll([(self._socket, sockets.POLLIN)], timeout_s):
            reply = m.decode(self._socket.recv_multipart())
            if isinstance(reply, m.Reply):
                return reply
        raise AssistantError(
            f"{self._address}: the daemon does not answer; see `assistant run` and its log"
        )

    def close(self) -> None:
        """Hang up."""
        self._socket.close(0)
        if self._own:
            self._own.term()

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()
