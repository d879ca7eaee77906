"""Timers: several at once, named or by length, kept whatever happens.

While the daemon runs a timer counts seconds of the monotonic clock (and those the machine
slept), so nobody who sets the clock moves it. On the disk stands the time on the wall at
which it ends, corrected whenever the clock is set: that is what a restart goes by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from assistant.errors import SkillError
from assistant.messages import Expect, Message, Stop, Tick
from assistant.skills import spoken
from assistant.skills.api import Call, Outcome, Skill, Surroundings
from assistant.skills.countdowns import (
    MOST_TIMERS,
    Countdown,
    checked_length,
    described,
    plain_name,
    the_one,
)
from assistant.skills.durable import KeptList
from assistant.skills.ringing import Ringing
from assistant.skills.wall_time import local_zone

LATE_S = 600.0
"""What ended longer ago than this is told instead of rung."""
DRIFT_S = 1.0
"""The clock counts as set when it is off by more."""
ASKED_S = 20.0
"""So long a bare length answers "for how long?"."""


def seconds_asleep() -> float:
    """What the machine has slept since it was started; the monotonic clock leaves it out."""
    clocks = time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC
    return time.clock_gettime(clocks[0]) - time.clock_gettime(clocks[1])


class Timer(Skill):
    """Start, pause, change, cancel and tell timers; ring when they end."""

    name = "timer"

    def __init__(
        self, surroundings: Surroundings, asleep_s: Callable[[], float] = seconds_asleep
    ) -> None:
        super().__init__(surroundings)
        self._asleep_s = asleep_s
        self._kept = KeptList(surroundings.state / "timers.json", list[Countdown])
        self._ends: dict[int, float] = {}
        """Monotonic end of each that runs; found at the first tick that sees it."""
        self._rung: set[int] = set()
        self._ringing = Ringing()
        self._asked, self._asked_label = 0.0, ""
        """When "for how long?" was asked, and of which timer."""

    @property
    def timers(self) -> list[Countdown]:
        """All there are, those that ring included."""
        return self._kept.values

    # -- actions --------------------------------------------------------------------

    def start(self, call: Call) -> Outcome:
        """``duration``, and perhaps ``label``; asks where no length was said."""
        label = plain_name(str(call.value("label", "")))
        if "duration" not in call.slots:
            self._asked, self._asked_label = self._now(), label
            return Outcome(variant="ask", messages=[Expect(seconds=8.0)])
        return self._start(float(call.value("duration")), label)

    def length(self, call: Call) -> Outcome:
        """A bare ``duration``, in answer to "for how long?"."""
        if self._now() - self._asked > ASKED_S:
            raise SkillError("If that is for a timer, say: set a timer for 5 minutes.")
        return self._start(float(call.value("duration")), self._asked_label)

    def cancel(self, call: Call) -> Outcome:
        """The timer that is meant; of those that ring, all."""
        ringing = [timer for timer in self.timers if f"timer {timer.number}" in self._ringing.bells]
        if ringing and not {"label", "which"} & set(call.slots):
            return self._drop(ringing)
        return self._drop([self._meant(call, self.timers)])

    def cancel_all(self, call: Call) -> Outcome:
        """Every timer."""
        if not self.timers:
            raise SkillError("There is no timer.")
        return self._drop(list(self.timers))

    def pause(self, call: Call) -> Outcome:
        """The running timer that is meant."""
        timer = self._meant(call, [timer for timer in self.timers if not timer.paused], "running")
        return self._replace(timer, timer.pause(self._now()))

    def resume(self, call: Call) -> Outcome:
        """The paused timer that is meant."""
        timer = self._meant(call, [timer for timer in self.timers if timer.paused], "paused")
        return self._replace(timer, timer.resume(self._now()))

    def lengthen(self, call: Call) -> Outcome:
        """By ``duration`` or ``minutes``; one that rings starts again with it."""
        return self._change(call, float(call.value("duration", 60 * call.value("minutes", 1))))

    def shorten(self, call: Call) -> Outcome:
        """By ``duration``; never to less than nothing."""
        return self._change(call, -float(call.value("duration")))

    def status(self, call: Call) -> Outcome:
        """What is left: of the one that is meant, or of all."""
        now = self._now()
        if not self.timers:
            return Outcome(variant="none")
        if {"label", "which"} & set(call.slots):
            told = [self._meant(call, self.timers)]
        else:
            told = sorted(self.timers, key=lambda timer: timer.left_at(now))
        sentences = [described(timer, now) for timer in told]
        variant = "one" if len(told) == 1 else "many"
        facts = {"timers": sentences, "count": spoken.counted(len(told), "timer")}
        return Outcome(variant=variant, facts=facts)

    # -- time -----------------------------------------------------------------------

    def receive(self, message: Message) -> Iterator[Outcome]:
        """Ring what is due; end the ringing at a ``Stop`` of everything."""
        if isinstance(message, Tick):
            yield from self._tick(message.at + self._asleep_s(), message.wall)
        elif isinstance(message, Stop) and message.scope == "all":
            yield from self._ringing.end(list(self._ringing.bells))

    def _tick(self, at: float, wall: float) -> Iterator[Outcome]:
        late = []
        for timer in [timer for timer in self.timers if not timer.paused]:
            end = self._ends.setdefault(timer.number, at + timer.due - wall)
            if timer.number in self._rung:
                continue
            if at - end > LATE_S:
                late.append(timer)
            elif at >= end:
                self._rung.add(timer.number)
                yield from self._ringing.start(
                    f"timer {timer.number}", f"Your {timer.title} is done.", at
                )
            elif abs(timer.due - (wall + end - at)) > DRIFT_S:
                moved = msgspec.structs.replace(timer, due=wall + end - at)
                self._kept.remember([moved if old is timer else old for old in self.timers])
        yield from self._ringing.tick(at)
        heeded = {n for n in self._rung if f"timer {n}" not in self._ringing.bells}
        gone = heeded | {timer.number for timer in late}
        if gone:
            self._kept.remember([timer for timer in self.timers if timer.number not in gone])
            self._rung -= gone
        if late:
            yield Outcome(text=self._missed(late), priority="alarm")
        if fault := self._kept.flush(at):
            yield Outcome(text=fault, priority="alarm")

    def _missed(self, late: list[Countdown]) -> str:
        zone = local_zone(self.surroundings.now())
        now = datetime.fromtimestamp(self._now(), zone)
        ends = []
        for timer in late:
            when = spoken.moment(datetime.fromtimestamp(timer.due, zone), now)
            ends.append(f"your {timer.title} ended at {when}")
        return f"While I was away, {spoken.joined(ends)}."

    # -- store ------------------------------------------------------------------------

    def _start(self, seconds: float, label: str) -> Outcome:
        if len(self.timers) >= MOST_TIMERS:
            raise SkillError(f"There are {MOST_TIMERS} timers already. Cancel some first.")
        now = self._now()
        number = max((timer.number for timer in self.timers), default=0) + 1
        timer = Countdown(number, label, checked_length(seconds), due=now + seconds)
        self._forget([number])
        self._asked = 0.0
        self._kept.keep([*self.timers, timer])
        facts = {"title": timer.title, "length": spoken.length(seconds), "name": label}
        return Outcome(variant="named" if label else "started", facts=facts)

    def _meant(self, call: Call, timers: list[Countdown], state: str = "") -> Countdown:
        if self.timers and not timers:
            raise SkillError(f"No timer is {state}.")
        label, which = plain_name(str(call.value("label", ""))), call.value("which")
        return the_one(timers, label, None if which is None else float(which), self._now())

    def _change(self, call: Call, seconds: float) -> Outcome:
        timer, now = self._meant(call, self.timers), self._now()
        changed = timer.change(seconds, now)
        if changed.left_at(now) <= 0:
            raise SkillError(f"The {timer.title} has less than that left. Say cancel to end it.")
        checked_length(changed.left_at(now))
        return self._replace(timer, changed)

    def _replace(self, old: Countdown, new: Countdown) -> Outcome:
        messages = self._silenced([old])
        self._forget([old.number])
        self._kept.keep([new if timer is old else timer for timer in self.timers])
        facts = {"title": new.title, "left": spoken.rough_length(new.left_at(self._now()))}
        return Outcome(facts=facts, messages=messages)

    def _drop(self, dropped: list[Countdown]) -> Outcome:
        messages = self._silenced(dropped)
        numbers = [timer.number for timer in dropped]
        self._forget(numbers)
        self._kept.keep([timer for timer in self.timers if timer.number not in numbers])
        facts = {"title": dropped[0].title, "count": spoken.counted(len(dropped), "timer")}
        variant = "one" if len(dropped) == 1 else "many"
        return Outcome(variant=variant, facts=facts, messages=messages)

    def _silenced(self, timers: list[Countdown]) -> list[Message]:
        ended = self._ringing.end([f"timer {timer.number}" for timer in timers])
        return [message for outcome in ended for message in outcome.messages]

    def _forget(self, numbers: list[int]) -> None:
        for number in numbers:
            self._ends.pop(number, None)
            self._rung.discard(number)

    def _now(self) -> float:
        return self.surroundings.now().timestamp()
