"""Where what a stage yields goes: to its outlets, the tap, or everyone; and what full means."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import msgspec

from assistant import messages as m
from assistant.bus import Links, Verdict
from assistant.pipeline import INTERRUPTS, Route

RETURNED_KEPT = 64

Clock = Callable[[], float]


class Reports:
    """Events and heartbeats of one stage."""

    def __init__(self, links: Links, clock: Clock = time.monotonic) -> None:
        self._links = links
        self._clock = clock

    def beat(self, state: m.State, detail: str = "", permanent: bool = False) -> None:
        """A sign of life, or a change of state."""
        name, at = self._links.name, self._clock()
        beat = m.Beat(stage=name, state=state, detail=detail, permanent=permanent, at=at)
        self._links.report(beat)

    def error(self, text: str, utterance: str = "") -> None:
        """A fault, in a sentence."""
        self.event("error", utterance, message=text)

    def event(self, kind: str, utterance: str = "", **facts: object) -> None:
        """Anything worth seeing."""
        name, at = self._links.name, self._clock()
        self._links.report(m.Event(kind=kind, stage=name, utterance=utterance, at=at, facts=facts))


class Routing:
    """Sends what one stage yields.

    Args:
        wait_for_room: serves interrupts and the heartbeat for a moment; False when what is
            being sent is not wanted any more.
        give_up: cancels an utterance here and everywhere.
    """

    def __init__(
        self,
        links: Links,
        reports: Reports,
        wait_for_room: Callable[[m.Message], bool],
        give_up: Callable[[str], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._links = links
        self._reports = reports
        self._wait_for_room = wait_for_room
        self._give_up = give_up
        self._clock = clock
        self.returned: deque[m.Message] = deque(maxlen=RETURNED_KEPT)
        """Refusals, for the stage itself."""

    def emit(self, message: m.Message, may_wait: bool = True) -> None:
        """Send ``message`` where the pipeline says; with ``may_wait`` as late as it must."""
        if not message.at:
            message = msgspec.structs.replace(message, at=self._clock())
        if routes := self._links.routes.get(type(message)):
            for route in routes:
                self._send(route, message, may_wait)
        elif isinstance(message, m.Event):
            name = message.stage or self._links.name
            self._links.report(msgspec.structs.replace(message, stage=name))
        elif isinstance(message, INTERRUPTS):
            self._links.broadcast(message)
        else:
            self._reports.error(f"{type(message).__name__} is sent nowhere by the pipeline")

    def _send(self, route: Route, message: m.Message, may_wait: bool) -> None:
        while (verdict := self._links.offer(route, message)) is Verdict.FULL:
            if not may_wait:
                self._force(route, message)
                return
            if not self._wait_for_room(message):
                return
        if verdict is Verdict.GIVEN_UP:
            text = f"{route.to} is too slow: utterance {message.utterance} is given up"
            self._reports.error(text, message.utterance)
            self._give_up(message.utterance)
        elif verdict is Verdict.REFUSED:
            self._refuse(route, message)

    def _force(self, route: Route, message: m.Message) -> None:
        if not self._links.force(route, message):
            self._reports.error(f"{route.to} is full: {route.kind.__name__} is lost")

    def _refuse(self, route: Route, message: m.Message) -> None:
        why = f"busy: {route.bound} wait for {route.to} already"
        if isinstance(message, m.Translate):
            number, target, utterance = message.number, message.target, message.utterance
            self.returned.append(
                m.Translation(number=number, target=target, utterance=utterance, error=why)
            )
        else:
            self._reports.error(why)
