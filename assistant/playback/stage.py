"""Playback: answers, alarms and signs to the speaker, and back what it was given."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assistant import messages as m
from assistant.config import Settings
from assistant.pcm import Int16
from assistant.playback import queue as q
from assistant.playback.file_speaker import FileSpeaker
from assistant.playback.mixer import NOTHING, Mixer, Stretch
from assistant.playback.outlet import Outlet
from assistant.playback.reference import Reference
from assistant.playback.speaker import Speaker

ACTIVE_TICK_S, IDLE_TICK_S = 0.01, 0.25
"""The idle one is shorter than what is kept ready: the first sound may come right behind it."""
PENDING_S = 0.3
"""Sound that waits here before the voice has to."""
WAITING_MOST_S = 30.0
"""Sound of answers that wait behind an alarm; beyond it the newest is given up."""
REST_S = 2.0
TELL_UNDERRUNS_S = 1.0


class End(NamedTuple):
    """What is over once the speaker has taken ``position`` samples."""

    position: int
    what: q.Answer | m.EndOfInput


def new_outlet(settings: Settings) -> Outlet:
    """The speaker that the configuration names."""
    playback = settings.playback
    if playback.file or playback.device == "none":
        return FileSpeaker(Path(playback.file) if playback.file else None, playback.pace)
    return Speaker(playback.device, playback.buffer_ms / 1000, playback.lost_s)


class PlaybackStage:
    """Holds the speaker. What it has to tell waits in ``_out``: iterators may be left early."""

    def __init__(self, settings: Settings, outlet: Outlet | None = None) -> None:
        self.tick_s = ACTIVE_TICK_S
        self._settings = settings.playback
        self._outlet = outlet or new_outlet(settings)
        self._queue = q.Queue()
        self._mixer = Mixer(self._outlet.rate_hz, self._settings.duck_db)
        self._reference = Reference(self._outlet.rate_hz)
        self._again: Int16 = NOTHING
        """Given to a speaker that was lost before it took it."""
        self._given = self._taken = 0
        self._ends: deque[End] = deque()
        self._begun: deque[str] = deque(maxlen=q.GONE_MOST)
        self._active = False
        self._heard_until = 0.0
        self._waiting_since = 0.0
        """Since when there are answers and the speaker has taken nothing."""
        self._underruns, self._tell_underruns_at = 0, 0.0
        self._out: deque[m.Message] = deque()

    # -- the door ------------------------------------------------------------------------

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        """Sound, ends, signs and ticks; see ``Stage``."""
        now = time.monotonic()
        match message:
            case m.Chunk():
                self._put_chunk(message, now)
            case m.ChunkEnd():
                self._queue = q.put_end(self._queue, message.answer)
            case m.EndOfInput():
                self._queue = q.put_mark(self._queue, message)
            case m.Ring():
                self._put_ring(message, now)
            case m.Earcon() if self._outlet.is_there:
                self._mixer.add_sign(message.name)
        self._pump(now)
        yield from self._drain()

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        """``Stop`` and ``Cancel`` silence, ``Duck`` and ``Resume`` change the level."""
        now = time.monotonic()
        match message:
            case m.Stop():
                everything = message.scope == "all"
                self._queue, dropped = q.stop(self._queue, everything)
                self._silence(dropped, now)
            case m.Cancel() if message.utterance:
                doomed = [a for a in self._queue.answers if a.utterance == message.utterance]
                if doomed:
                    self._queue = q.drop(self._queue, tuple(doomed))
                    self._silence(tuple(doomed), now)
            case m.Duck():
                self._mixer.duck(True)
            case m.Resume():
                self._mixer.duck(False)
        yield from self._drain()

    def accepts(self) -> bool:
        """Back-pressure: False with ``PENDING_S`` of sound before the speaker.

        While an alarm sounds the answers behind it do not count: its end must get in.
        """
        speaking = self._queue.speaking
        if self._queue.ringing or (speaking and speaking.alarm):
            return not speaking or speaking.seconds < PENDING_S
        return self._queue.seconds < PENDING_S

    def close(self) -> None:
        """Give the speaker back."""
        self._outlet.close()

    def _drain(self) -> Iterator[m.Message]:
        while self._out:
            yield self._out.popleft()

    def _put_chunk(self, chunk: m.Chunk, now: float) -> None:
        full = self._queue.seconds > WAITING_MOST_S
        if not self._queue.answers:
            self._waiting_since = now
        self._queue, taken = q.put_chunk(self._queue, chunk, now)
        if taken and full:
            late = [answer for answer in self._queue.answers if answer.answer == chunk.answer]
            self._queue = q.drop(self._queue, tuple(late))
            self._tell_spoken(late, "lost", now)
            self._error(f"answer {chunk.answer} given up: an alarm has sounded for too long", now)

    def _put_ring(self, ring: m.Ring, now: float) -> None:
        self._queue = q.put_ring(self._queue, ring.name, ring.on, now)
        if ring.on and not self._outlet.is_there:
            self._error(f"alarm {ring.name!r} cannot be heard: {NO_SPEAKER}", now)

    # -- the speaker ---------------------------------------------------------------------

    def _pump(self, now: float) -> None:
        """Everything that time brings."""
        was_open = self._outlet.is_open
        self._out.extend(self._outlet.poll(now, wanted=self._is_busy))
        if self._outlet.is_open:
            if not was_open:
                self._adopt(now)
            self._take(now)
            self._fill(now)
        elif was_open:
            self._keep_untaken()
        self._end_what_is_over(now)
        self._give_up(now)
        self._settle(now)

    @property
    def _is_busy(self) -> bool:
        queue = self._queue
        return bool(
            self._active or queue.answers or queue.ringing or self._mixer.has_signs or self._ends
        )

    def _adopt(self, now: float) -> None:
        """The speaker was opened, perhaps another one with another rate."""
        self._heard_until = max(self._heard_until, now)
        if self._mixer.rate_hz != self._outlet.rate_hz:
            self._mixer = Mixer(self._outlet.rate_hz, self._settings.duck_db)
            self._reference = Reference(self._outlet.rate_hz, self._reference.sample)
            self._again = NOTHING
            self._ends = deque(_by(end, self._given) for end in self._ends)

    def _keep_untaken(self) -> None:
        """The speaker was lost: what it has not taken comes first when it is back."""
        self._again = self._reference.take_back()
        self._given -= len(self._again)

    def _take(self, now: float) -> None:
        count = self._outlet.taken(now)
        self._taken += count
        if count:
            self._waiting_since = now
            self._heard_until = now + self._outlet.delay_s
            self._out.extend(self._reference.take(count, self._heard_until))
        self._underruns += self._outlet.underruns()
        if self._underruns and now >= self._tell_underruns_at:
            self._out.append(m.Event(kind="xrun", at=now, facts={"count": self._underruns}))
            self._underruns, self._tell_underruns_at = 0, now + TELL_UNDERRUNS_S

    def _fill(self, now: float) -> None:
        room = self._outlet.room(now)
        while room > 0:
            stretch = self._next_stretch(room)
            if not len(stretch.samples):
                break
            title = stretch.answer.answer if stretch.answer else ""
            if stretch.answer and title not in self._begun:
                self._tell_sounding(stretch.answer, now)
            self._outlet.give(stretch.samples, title)
            self._reference.give(stretch.samples)
            self._given += len(stretch.samples)
            room -= len(stretch.samples)
            if not self._active:
                self._active = True
                self._outlet.start(now)
        self._outlet.expect(bool(self._queue.ringing) or self._is_fed)

    @property
    def _is_fed(self) -> bool:
        speaking = self._queue.speaking
        return speaking is not None and bool(speaking.chunks)

    def _next_stretch(self, most: int) -> Stretch:
        if len(self._again):
            part, self._again = self._again[:most], self._again[most:]
            return Stretch(part)
        self._queue, stretch = self._mixer.stretch(self._queue, most)
        speaking = self._queue.speaking
        if speaking and speaking.is_over and self._mixer.is_drained(speaking):
            self._queue = q.drop(self._queue, (speaking,))
            self._ends.append(End(self._given + len(stretch.samples), speaking))
        return stretch

    def _silence(
        self, dropped: tuple[q.Answer, ...], now: float, outcome: str = "stopped"
    ) -> list[q.Answer]:
        """The speaker falls silent; tells, and gives, the answers that end so."""
        self._take(now)
        for answer in dropped:
            self._mixer.forget(answer)
        self._mixer.clear_signs()
        self._again = NOTHING
        taken_back = self._outlet.shorten() if self._outlet.is_open else 0
        self._reference.drop(taken_back)
        self._given -= taken_back
        cut = [end for end in self._ends if end.position > self._given]
        self._ends = deque(end for end in self._ends if end.position <= self._given)
        answers = [end.what for end in cut if isinstance(end.what, q.Answer)]
        self._ends.extend(_by(end, self._given) for end in cut if end.what not in answers)
        self._tell_spoken([*answers, *dropped], outcome, now)
        return [*answers, *dropped]

    # -- what is over --------------------------------------------------------------------

    def _end_what_is_over(self, now: float) -> None:
        self._queue, marks = q.take_marks(self._queue)
        self._ends.extend(End(self._given + len(self._again), mark) for mark in marks)
        while self._ends and self._ends[0].position <= self._taken:
            what = self._ends.popleft().what
            if isinstance(what, q.Answer):
                self._tell_spoken([what], "played", self._heard_until)
            else:
                facts = {"file": what.file}
                event = m.Event(kind="end of input", at=now, sample=what.sample, facts=facts)
                self._out.extend([event, what])

    def _give_up(self, now: float) -> None:
        """Answers that cannot sound, sound that never came, alarms that nobody ended."""
        waits = self._queue.answers or any(isinstance(end.what, q.Answer) for end in self._ends)
        if waits and now - self._waiting_since > self._settings.patience_s:
            dropped = self._queue.answers
            self._queue = q.drop(self._queue, dropped)
            lost = self._silence(dropped, now, "lost")
            self._error(f"{len(lost)} answer(s) lost: {NO_SPEAKER}", now)
        starved = q.starved(self._queue, now)
        if starved:
            self._queue = q.drop(self._queue, (starved,))
            self._tell_spoken([starved], "lost", now)
            self._error(f"answer {starved.answer}: the voice has not sent the rest", now)
        self._queue, names = q.rung_out(self._queue, now)
        for name in names:
            facts = {"name": name, "message": "has rung for ten minutes: given up"}
            self._out.append(m.Event(kind="alarm", at=now, facts=facts))

    def _settle(self, now: float) -> None:
        """Tell when it has become quiet; tick fast only while there is something to do."""
        waits = self._queue.speaking or self._queue.ringing or self._taken < self._given
        if not self._outlet.is_open or (not waits and now >= self._heard_until):
            if self._active:
                self._out.extend(self._reference.end(now))
            self._active = False
        if not self._is_busy and now - self._heard_until > REST_S:
            self._outlet.rest()
        self.tick_s = ACTIVE_TICK_S if self._is_busy else IDLE_TICK_S

    # -- telling -------------------------------------------------------------------------

    def _tell_sounding(self, answer: q.Answer, now: float) -> None:
        self._begun.append(answer.answer)
        ready_s = self._reference.waiting / self._outlet.rate_hz
        heard_at = now + ready_s + self._outlet.delay_s
        facts = {
            "answer": answer.answer,
            "playback_ms": round(1000 * (heard_at - answer.arrived_at), 1),
        }
        self._out.append(
            m.Event(kind="sounding", utterance=answer.utterance, at=heard_at, facts=facts)
        )

    def _tell_spoken(
        self, answers: list[q.Answer] | tuple[q.Answer, ...], outcome: str, at: float
    ) -> None:
        for answer in answers:
            facts = {"answer": answer.answer, "outcome": outcome}
            path = self._outlet.path(answer.answer)
            if path:
                facts["file"] = path
            spoken = {"answer": answer.answer, "outcome": outcome, "utterance": answer.utterance}
            self._out.append(m.Spoken(at=at, **spoken))  # type: ignore[arg-type]
            event = m.Event(kind="spoken", utterance=answer.utterance, at=at, facts=facts)
            self._out.append(event)

    def _error(self, message: str, now: float) -> None:
        self._out.append(m.Event(kind="error", at=now, facts={"message": message}))


def _by(end: End, position: int) -> End:
    """``end``, at ``position`` at the latest."""
    return end._replace(position=min(end.position, position))


NO_SPEAKER = "no speaker; see `assistant devices`, playback.device"
