"""The supervisor: starts the stages, watches, restarts and stops them, answers clients.

One loop in one thread owns the hub, the children and all that is known of them. Stages
start from the end of the pipeline to its front (the microphone only when all others are
ready) and stop from the front to the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from assistant import messages as m
from assistant import reload
from assistant.bus import Context, Hub, Places
from assistant.children import ProcessChild, ThreadChild, brief_of
from assistant.config import Settings
from assistant.control import Answerer
from assistant.keys import Keys
from assistant.liveness import Outcome, Watched, log_line, within_budget
from assistant.notify import Notifier

HALT_SHARE, TERM_SHARE = 0.75, 0.9
"""Of the time for a shutdown: until then stages are asked, then terminated, then killed."""
STOPPING_POLL_S = 0.01


class Supervisor:
    """The daemon's own loop.

    Args:
        pipeline: ``module:name`` of the table, for stages in processes.
        log: takes one line for a person.
        reread: reads the configuration again; raises ``ConfigError``.
        on_ready: called once, when all stages are ready.

    Raises:
        BusError: the sockets cannot be bound.
    """

    def __init__(
        self,
        settings: Settings,
        places: Places,
        pipeline: str,
        context: Context,
        keys: Keys | None = None,
        log: Callable[[str], None] = lambda line: None,
        reread: Callable[[], Settings] | None = None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.places = places
        self.stages = {name: Watched(name, places.placement(name)) for name in places.here}
        self.muted = False
        self.started_at = time.monotonic()
        self.outcome: Outcome | None = None
        self.log = log
        self.reread = reread or (lambda: self.settings)
        self.hub = Hub(context, places, settings.bus.control, keys, settings.bus.join)
        self._on_ready = on_ready
        self._pipeline = pipeline
        self._context = context
        self._keys = keys
        self._was_ready = False
        self._check_at = 0.0
        self._notifier = Notifier()
        self._answerer = Answerer(self)

    def run(self) -> Outcome:
        """Until a client asks for the end, or nothing can be done any more."""
        try:
            for name in reversed(self._followers()):
                self._start(self.stages[name])
            while self.outcome is None:
                self._turn()
            self._notifier.stopping()
            self._stop_all()
        finally:
            for watched in self.stages.values():
                if isinstance(watched.child, ProcessChild):
                    watched.child.kill()
            self.hub.close()
        return self.outcome

    def finish(self, outcome: Outcome) -> None:
        """End the daemon; the first reason counts."""
        self.outcome = self.outcome or outcome

    @property
    def hangs(self) -> bool:
        """A thread did not end: its sockets are still open."""
        return any(watched.alive() for watched in self.stages.values())

    # -- one turn --------------------------------------------------------------------

    def _turn(self) -> None:
        retries = [w.retry_at for w in self.stages.values() if w.retry_at is not None]
        self.hub.wait(max(0.0, min([self._check_at, *retries]) - time.monotonic()))
        self._listen()
        now = time.monotonic()
        if now >= self._check_at:
            self._check_at = now + self.settings.bus.beat_s
            self._check()
            self._notifier.alive(now)
        for watched in self.stages.values():
            if watched.retry_at is not None and now >= watched.retry_at:
                self._start(watched)

    def _listen(self) -> None:
        for message in self.hub.spread_interrupts():
            self._note_mute(message)
        for reported in self.hub.reports():
            self._note_mute(reported.message)
            if isinstance(reported.message, m.Event):
                self._note_event(reported.message)
            elif isinstance(reported.message, m.Beat) and reported.stage in self.stages:
                self._note_beat(self.stages[reported.stage], reported.message)
        for fault in self.hub.faults():
            self.publish("error", message=fault)
        for asked in self.hub.requests():
            self.hub.reply(asked, self._answerer.answer(asked.request))

    def interrupt(self, message: m.Message) -> None:
        """To every stage, past all queues."""
        self.hub.interrupt(message)
        self._note_mute(message)

    def _note_mute(self, message: m.Message) -> None:
        if isinstance(message, m.Mute) and message.on != self.muted:
            self.muted = message.on
            self.publish("muted", on=message.on)

    def _note_event(self, event: m.Event) -> None:
        if event.kind == "dropped" and event.stage in self.stages:
            dropped = self.stages[event.stage].dropped
            dropped[str(event.facts.get("route"))] += int(event.facts.get("count", 0))
        self._publish(event)

    def publish(self, kind: str, stage: str = "", **facts: object) -> None:
        """An event of the supervisor's own."""
        self._publish(m.Event(kind=kind, stage=stage, at=time.monotonic(), facts=facts))

    def _publish(self, event: m.Event) -> None:
        self.hub.publish(event)
        self._answerer.note(event)
        if line := log_line(event):
            self.log(line)

    # -- life and death --------------------------------------------------------------

    def _followers(self) -> list[str]:
        """Stages that one before them in the table sends to; the others begin the flow."""
        table = self.places.table
        order = {name: number for number, name in enumerate(table)}
        flow = ((name, route.to) for name in table for route in table[name].routes)
        fed = {to for name, to in flow if order[name] < order.get(to, -1)}
        return [name for name in self.places.here if name in fed]

    def _start(self, watched: Watched) -> None:
        bus, name = self.settings.bus, watched.name
        watched.retry_at = None
        watched.beats_left = round(bus.start_s / bus.beat_s)
        self._become(watched, "starting")
        if self.places.is_process(name):
            brief = brief_of(self.settings, self.places.here, self._pipeline)
            watched.child = ProcessChild(name, brief)
        else:
            watched.child = ThreadChild(name, self.settings, self.places, self._context, self._keys)

    def _note_beat(self, watched: Watched, beat: m.Beat) -> None:
        if watched.child is None or watched.retry_at is not None:
            return  # the last words of one that is dead
        if beat.state == "starting":
            self.hub.command(m.Mute(on=self.muted), watched.name)
            if watched.restarted:
                self.hub.command(beat)  # its neighbours tell it again what holds
        elif beat.state == "failed":
            self._spend(watched, beat.detail, beat.permanent)
        else:
            watched.beats_left = self.settings.bus.patience_beats
        if beat.state != watched.state:
            if beat.state == "starting":
                watched.beats_left = round(self.settings.bus.start_s / self.settings.bus.beat_s)
            self._become(watched, beat.state, beat.detail)
            self._go_on()

    def _become(self, watched: Watched, state: m.State, detail: str = "") -> None:
        watched.state, watched.detail, watched.since = state, detail, time.monotonic()
        watched.ever_ready |= state == "ready"
        self.publish("stage", watched.name, name=watched.name, state=state, detail=detail)

    def _go_on(self) -> None:
        """Start what begins the flow once all that follows is ready; tell when all are."""
        if self._was_ready or any(self.stages[n].state != "ready" for n in self._followers()):
            return
        for watched in self.stages.values():
            if watched.child is None and watched.retry_at is None:
                self._start(watched)
        if all(watched.state == "ready" for watched in self.stages.values()):
            self._was_ready = True
            took_s = time.monotonic() - self.started_at
            self.log(f"ready after {took_s:.1f} s: {', '.join(self.stages)}")
            self._notifier.ready(f"ready: {', '.join(self.stages)}")
            self._on_ready()

    def _check(self) -> None:
        """Count heartbeats down; see who has died."""
        for watched in self.stages.values():
            if watched.child is None or watched.retry_at is not None:
                continue
            watched.beats_left -= 1
            if not watched.alive():
                self._died(watched)
            elif watched.beats_left <= 0:
                self._hangs(watched)
        self._go_on()

    def _died(self, watched: Watched) -> None:
        assert watched.child is not None
        why = watched.child.last_words()
        self.publish("error", watched.name, message=why)
        code = watched.child.exit_code
        if isinstance(watched.child, ThreadChild):  # its inproc door cannot be bound again
            self.finish(Outcome(code or 1, f"{watched.name}: {why}"))
        self._restart(watched, why, permanent=code == 2 and not watched.ever_ready)

    def _hangs(self, watched: Watched) -> None:
        assert watched.child is not None
        why = "hangs: no heartbeat in time"
        self.publish("error", watched.name, message=why)
        watched.child.term()
        if watched.child.kill():
            self._restart(watched, why)
        elif self._spend(watched, why):
            line = f"{watched.name} {why}; a thread cannot be killed, so the daemon starts anew"
            self.finish(Outcome(1, line, again=True))

    def _restart(self, watched: Watched, why: str, permanent: bool = False) -> None:
        if self._spend(watched, why, permanent):
            watched.pause(time.monotonic(), self.settings.bus.restart_window_s)
        self._become(watched, "failed", why)

    def _spend(self, watched: Watched, why: str, permanent: bool = False) -> bool:
        """Take one restart off the budget; where none is left the daemon ends."""
        bus, now = self.settings.bus, time.monotonic()
        recent = within_budget(watched.restarts, now, bus.restarts, bus.restart_window_s)
        if permanent:
            self.finish(Outcome(2, f"{watched.name}: {why}"))
            return False
        if recent is None:
            times = f"{bus.restarts + 1} times within {bus.restart_window_s:g} s"
            self.finish(Outcome(1, f"{watched.name} failed {times}, last: {why}"))
            return False
        watched.restarts, watched.restarted = recent, watched.restarted + 1
        return True

    # -- settings --------------------------------------------------------------------

    def reload(self) -> reload.Plan:
        """Read the configuration again; what can change live does.

        Raises:
            ConfigError: it has faults; everything stays as it was.
        """
        self._notifier.reloading()
        try:
            plan = reload.plan(self.settings, self.reread(), self.stages)
        finally:
            self._notifier.ready("ready")
        self.settings = plan.settings
        facts = plan.settings.model_dump(mode="json")
        for name in plan.remade:
            self.hub.command(m.Reload(stage=name, settings=facts), name)
        for key in plan.fixed:
            self.publish("error", message=f"{key} has changed: it counts from the next start on")
        self.log(f"settings read again: {', '.join(plan.changed) or 'nothing'} changed")
        return plan

    # -- the end ---------------------------------------------------------------------

    def _stop_all(self) -> None:
        """In the order of the flow; who does not go is terminated, then killed."""
        begin, stop_s = time.monotonic(), self.settings.bus.stop_s
        for watched in self.stages.values():
            self._halt(watched, begin + HALT_SHARE * stop_s)
        for watched in self.stages.values():
            if watched.child and watched.alive():
                watched.child.term()
        self._wait_for(list(self.stages.values()), begin + TERM_SHARE * stop_s)
        self._listen()
        for watched in self.stages.values():
            if watched.child and not watched.child.kill():
                self.log(f"{watched.name} did not stop within {stop_s:g} s")

    def _halt(self, watched: Watched, deadline: float) -> None:
        """Ask one to end, and give it half of the time that is left."""
        self.hub.command(m.Halt(stage=watched.name), watched.name)
        now = time.monotonic()
        self._wait_for([watched], now + max(0.0, deadline - now) / 2)

    def _wait_for(self, stages: list[Watched], deadline: float) -> None:
        """Go on passing messages until the children of ``stages`` have ended."""
        while any(watched.alive() for watched in stages):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self.hub.wait(min(left, STOPPING_POLL_S))
            self._listen()
