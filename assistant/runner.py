"""The loop that runs one stage: messages in, what follows out, time, interrupts, failure.

The stage is made, used and closed in the thread that calls ``run_stage``. When it raises
it is closed and made anew after a pause; its sockets stay, so that its neighbours notice
nothing but a queue that fills.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable

from assistant import messages as m
from assistant.bus import Context, Links, Places, is_stale, new_context
from assistant.config import Settings
from assistant.errors import BadInput, BusError, sentence
from assistant.keys import Keys
from assistant.pipeline import INTERRUPTS, StageEntry
from assistant.routing import Clock, Reports, Routing
from assistant.stage import Stage

BACK_OFF_FIRST_S, BACK_OFF_MOST_S = 0.1, 5.0
JOIN_S, JOIN_AGAIN_S = 5.0, 0.05
DROPPED_EVERY_S = 1.0
LOOK_S = 0.005
"""Between two messages that a stage yields, interrupts are looked for so often."""
CANCELLED_KEPT = 64


def run_stage(
    name: str,
    settings: Settings,
    places: Places,
    context: Context | None = None,
    keys: Keys | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Run the stage ``name`` in this thread until it is halted.

    Args:
        context: the daemon's, for a thread of it; None: a process of its own.
        stopped: asked at least once a heartbeat; True ends the stage.

    Raises:
        BusError: its door cannot be bound.
    """
    own = None if context else new_context()
    try:
        links = Links(name, context or own or new_context(), places, keys)
        try:
            Runner(places.table[name], settings, links, stopped).run()
        finally:
            links.close()
    finally:
        if own:
            own.term()


def build(entry: StageEntry, settings: Settings) -> Stage:
    """The stage itself; its modules are imported here, where it runs."""
    module, _, factory = entry.factory.partition(":")
    stage: Stage = getattr(importlib.import_module(module), factory)(settings)
    return stage


class Runner:
    """One stage at work, on ``links``."""

    def __init__(
        self,
        entry: StageEntry,
        settings: Settings,
        links: Links,
        stopped: Callable[[], bool] = lambda: False,
        clock: Clock = time.monotonic,
    ) -> None:
        self._entry = entry
        self._settings = settings
        self._links = links
        self._stopped = stopped
        self._clock = clock
        self._reports = Reports(links, clock)
        self._routing = Routing(links, self._reports, self._wait_for_room, self._give_up, clock)
        self._stage: Stage | None = None
        self._halted = False
        self._abandon = False
        self._busy_with = ""
        self._mute: m.Mute | None = None
        self._reload: m.Reload | None = None
        self._cancelled: dict[str, None] = {}
        self._ever_ready = False
        self._ready_since = 0.0
        self._back_off_s = BACK_OFF_FIRST_S
        self._retry_at = self._beat_at = self._dropped_at = self._look_at = 0.0
        self._ticked_at = -math.inf
        """When the last tick was due; the next follows ``tick_s``, which a stage may change."""
        self._makes_sound = m.Chunk in links.routes

    def run(self) -> None:
        """Until ``Halt`` comes or ``stopped`` says so."""
        try:
            self._join()
            while not self._halted:
                self._turn()
        finally:
            self._close()
            self._reports.beat("stopped")

    def _join(self) -> None:
        """Wait until the hub answers, with the state of the mute: no interrupt is missed then."""
        deadline = self._clock() + JOIN_S
        while self._mute is None and not self._halted and self._clock() < deadline:
            self._reports.beat("starting")
            self._links.wait(JOIN_AGAIN_S, read_door=False)
            self._interrupts()

    # -- one turn --------------------------------------------------------------------

    def _turn(self) -> None:
        if self._reload:
            self._replace()
        if self._stage is None and self._clock() >= self._retry_at:
            self._make()
        self._guarded(self._tick)
        reads = self._reads()
        ready = self._links.wait(0.0 if self._routing.returned else self._time_left(), reads)
        self._housekeeping()
        if ready.interrupt:
            self._interrupts()
        if self._stage is None or self._halted:
            return
        message = self._routing.returned.popleft() if self._routing.returned else None
        if message is None and ready.door:
            message = self._receive()
        if message is not None and not is_stale(message, self._cancelled):
            self._guarded(lambda: self._handle(message))

    def _reads(self) -> bool:
        try:
            return self._stage is not None and self._stage.accepts()
        except Exception as error:
            self._fail(error)
            return False

    def _receive(self) -> m.Message | None:
        try:
            return self._links.receive()
        except BusError as error:
            self._reports.error(f"thrown away: {error}")
            return None

    def _tick(self) -> None:
        stage, now = self._stage, self._clock()
        if stage is None or not stage.tick_s or now < self._ticked_at + stage.tick_s:
            return
        # one that is late is not made up for
        self._ticked_at = max(self._ticked_at + stage.tick_s, now - stage.tick_s)
        self._handle(m.Tick(at=now, wall=time.time()))

    def _time_left(self) -> float:
        """Seconds until there is something to do without a message."""
        due = self._beat_at
        if self._stage is None:
            due = min(due, self._retry_at)
        elif self._stage.tick_s:
            due = min(due, self._ticked_at + self._stage.tick_s)
        if self._links.has_dropped:
            due = min(due, self._dropped_at)
        return max(0.0, due - self._clock())

    def _housekeeping(self) -> None:
        """Heartbeat, what was dropped, who was refused."""
        now = self._clock()
        if now >= self._beat_at:
            self._beat_at = now + self._settings.bus.beat_s
            self._halted |= self._stopped()
            self._reports.beat("ready" if self._stage else "starting")
            for fault in self._links.faults():
                self._reports.error(fault)
        if now >= self._dropped_at and self._links.has_dropped:
            self._dropped_at = now + DROPPED_EVERY_S
            for route, count in self._links.dropped().items():
                self._reports.event("dropped", route=route, count=count)

    # -- messages --------------------------------------------------------------------

    def _handle(self, message: m.Message) -> None:
        assert self._stage is not None
        self._abandon = False
        self._busy_with = message.utterance
        flow = self._stage.handle(message)
        try:
            for out in flow:
                self._routing.emit(out)
                self._look()
                if self._leaves_off():
                    return
        finally:
            self._busy_with = ""
            if close := getattr(flow, "close", None):
                close()

    def _look(self) -> None:
        """Between two messages: interrupts and the heartbeat, but not for each of many."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self._housekeeping()
            self._interrupts()

    def _leaves_off(self) -> bool:
        """What the stage is yielding is not wanted any more."""
        return self._abandon or self._halted or self._stage is None

    def _wait_for_room(self, message: m.Message) -> bool:
        self._links.wait(self._settings.bus.beat_s, read_door=False)
        self._housekeeping()
        self._interrupts()
        return not self._leaves_off() and not is_stale(message, self._cancelled)

    def _give_up(self, utterance: str) -> None:
        cancel = m.Cancel(utterance=utterance, at=self._clock())
        self._links.broadcast(cancel)
        self._obey(cancel)

    # -- interrupts ------------------------------------------------------------------

    def _interrupts(self) -> None:
        while not self._halted:
            try:
                message = self._links.interrupt()
            except BusError as error:
                self._reports.error(f"thrown away: {error}")
                continue
            if message is None:
                return
            self._obey(message)

    def _obey(self, message: m.Message) -> None:
        match message:
            case m.Halt():
                self._halted = True
            case m.Reload():
                self._reload = message
            case m.Beat():
                self._links.repeat_to(message.stage)
            case m.Mute():
                same = self._mute is not None and self._mute.on == message.on
                first, self._mute = self._mute is None, message
                if same or (first and not message.on):
                    return
            case m.Cancel():
                self._note_cancelled(message.utterance)
                self._abandon |= message.utterance == self._busy_with != ""
            case m.Stop():
                self._abandon |= self._makes_sound
        if isinstance(message, INTERRUPTS):
            self._guarded(lambda: self._interrupt(message))

    def _interrupt(self, message: m.Message) -> None:
        if self._stage is not None:
            for out in self._stage.interrupt(message):
                self._routing.emit(out, may_wait=False)

    def _note_cancelled(self, utterance: str) -> None:
        self._links.forget(utterance)
        self._cancelled[utterance] = None
        if len(self._cancelled) > CANCELLED_KEPT:
            del self._cancelled[next(iter(self._cancelled))]

    # -- making, failing, closing ----------------------------------------------------

    def _make(self) -> None:
        self._reports.beat("starting")
        try:
            self._stage = build(self._entry, self._settings)
            self._become_ready()
        except Exception as error:
            self._fail(error)

    def _become_ready(self) -> None:
        """Mute first, so that nothing is heard; then the first tick, so that it can speak."""
        self._interrupts()
        if self._mute and self._mute.on:
            self._interrupt(self._mute)
        self._ticked_at = -math.inf
        self._tick()
        self._ticked_at = self._clock()
        if self._stage is not None:
            self._ever_ready = True
            self._ready_since = self._clock()
            self._reports.beat("ready")

    def _replace(self) -> None:
        """Other settings; where the stage cannot be made with them, the old ones again."""
        assert self._reload is not None
        before, reload = self._settings, self._reload
        self._reload = None
        self._close()
        try:
            self._settings = Settings.model_validate(reload.settings)
            self._stage = build(self._entry, self._settings)
            self._become_ready()
        except Exception as error:
            self._settings = before
            self._close()
            self._retry_at = 0.0
            self._reports.error(f"goes on with the settings it had: {sentence(error)}")

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        now = self._clock()
        if now - self._ready_since > self._settings.bus.restart_window_s:
            self._back_off_s = BACK_OFF_FIRST_S
        self._retry_at = now + self._back_off_s
        self._back_off_s = min(self._back_off_s * 2, BACK_OFF_MOST_S)
        permanent = not self._ever_ready and isinstance(error, BadInput)
        self._reports.error(sentence(error))
        self._reports.beat("failed", sentence(error), permanent)
        self._close()

    def _close(self) -> None:
        stage, self._stage = self._stage, None
        if stage is None:
            return
        try:
            stage.close()
        except Exception as error:
            self._reports.error(f"closing: {sentence(error)}")
