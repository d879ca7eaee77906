"""Alarms and reminders: times on the wall, once or repeating, right across daylight saving.

All are due by the wall clock, which is looked at on every tick: after a sleep, a restart or
a change of the clock they ring (or are told, when it is long ago) exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Literal

import msgspec

from assistant.errors import SkillError
from assistant.messages import Message, Stop, Tick
from assistant.skills import spoken
from assistant.skills.agenda import MOST_ENTRIES, Entry, missed, sentence
from assistant.skills.api import Call, Outcome, Skill, Surroundings
from assistant.skills.durable import KeptList
from assistant.skills.ringing import Ringing
from assistant.skills.wall_time import local_zone
from assistant.skills.when_said import entry_said, fits

Kind = Literal["alarm", "reminder"]
LATE_S = 600.0
"""What was due longer ago than this is told instead of rung."""
SNOOZE_S = 540.0
ZONE_CHECK_S = 60.0


class Alarm(Skill):
    """Set, list, cancel and snooze alarms and reminders; ring when they are due."""

    name = "alarm"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._kept = KeptList(surroundings.state / "alarms.json", list[Entry])
        self._rung: set[int] = set()
        self._ringing = Ringing()
        self._wall = 0.0
        self._zone: tzinfo | None = None
        self._zone_check_at = 0.0

    @property
    def entries(self) -> list[Entry]:
        """All there are, those that ring included."""
        return self._kept.values

    # -- actions --------------------------------------------------------------------

    def set(self, call: Call) -> Outcome:
        """``clock`` (with ``date``, ``part`` or ``repeat``) or ``duration``; ``label``."""
        if not {"clock", "duration"} & set(call.slots):
            raise SkillError("For what time? Say, for instance: set an alarm for seven.")
        return self._add(call, "alarm", str(call.value("label", "")).strip())

    def remind(self, call: Call) -> Outcome:
        """The same, of ``phrase``."""
        return self._add(call, "reminder", spoken.to_the_speaker(str(call.value("phrase"))))

    def show(self, call: Call) -> Outcome:
        """Every alarm, soonest first."""
        return self._list("alarm")

    def show_reminders(self, call: Call) -> Outcome:
        """Every reminder, soonest first."""
        return self._list("reminder")

    def next(self, call: Call) -> Outcome:
        """The alarm that comes first."""
        alarms = self._of("alarm")
        if not alarms:
            return Outcome(variant="none")
        return Outcome(variant="next", facts={"when": self._described(alarms[0])})

    def cancel(self, call: Call) -> Outcome:
        """The alarm at ``clock``, on ``date`` or with ``repeat``; the only one; those that ring."""
        alarms = self._of("alarm")
        ringing = [entry for entry in alarms if entry.number in self._rung]
        now, zone = self._now(), self._local_zone()
        wanted = [entry for entry in alarms if fits(entry, call, now, zone)]
        if not {"clock", "date", "repeat"} & set(call.slots):
            wanted = ringing or alarms
        if not wanted:
            raise SkillError("There is no such alarm." if alarms else "No alarm is set.")
        times = list(dict.fromkeys(self._described(entry) for entry in wanted))
        if len(times) > 1 and wanted is not ringing:
            raise SkillError(f"Which one: {spoken.joined(times, 'or')}?")
        return self._drop(wanted)

    def cancel_all(self, call: Call) -> Outcome:
        """Every alarm."""
        return self._drop(self._of("alarm"))

    def cancel_reminder(self, call: Call) -> Outcome:
        """The reminder that shares most words with ``phrase``."""
        words = set(spoken.to_the_speaker(str(call.value("phrase"))).lower().split())
        shared = [(len(words & set(e.text.lower().split())), e) for e in self._of("reminder")]
        best = max(shared, key=lambda pair: pair[0], default=None)
        if best is None or best[0] == 0:
            raise SkillError("There is no such reminder.")
        return self._drop([best[1]])

    def cancel_all_reminders(self, call: Call) -> Outcome:
        """Every reminder."""
        return self._drop(self._of("reminder"))

    def snooze(self, call: Call) -> Outcome:
        """What rings comes again in ``duration``, or in nine minutes."""
        ringing = [entry for entry in self.entries if entry.number in self._rung]
        if not ringing:
            raise SkillError("No alarm is ringing.")
        now, zone = self._now(), self._local_zone()
        seconds = float(call.value("duration", SNOOZE_S))
        rest = self._rest(ringing, now, zone)
        again = [
            msgspec.structs.replace(entry, due=now + seconds, at="", day="", weekdays=())
            for entry in ringing
        ]
        messages = self._silenced(ringing)
        self._kept.keep(_numbered(rest, again))
        return Outcome(facts={"length": spoken.length(seconds)}, messages=messages)

    # -- time -----------------------------------------------------------------------

    def receive(self, message: Message) -> Iterator[Outcome]:
        """Ring what is due; end the ringing at a ``Stop`` of everything."""
        if isinstance(message, Tick):
            yield from self._tick(message.at, message.wall)
        elif isinstance(message, Stop) and message.scope == "all":
            yield from self._ringing.end(list(self._ringing.bells))

    def _tick(self, at: float, wall: float) -> Iterator[Outcome]:
        zone = self._followed_zone(at, wall)
        late = []
        for entry in [entry for entry in self.entries if entry.due <= wall]:
            if entry.number in self._rung:
                continue
            if wall - entry.due > LATE_S:
                late.append(entry)
            else:
                self._rung.add(entry.number)
                yield from self._ringing.start(_bell(entry), sentence(entry, zone), at)
        yield from self._ringing.tick(at)
        heeded = [e for e in self.entries if e.number in self._rung and not self._rings(e)]
        if late or heeded:
            self._kept.remember(self._rest([*late, *heeded], wall, zone))
            self._rung -= {entry.number for entry in heeded}
        if late:
            told = " ".join(missed(entry, zone, wall) for entry in late)
            yield Outcome(text=told, priority="alarm")
        if fault := self._kept.flush(at):
            yield Outcome(text=fault, priority="alarm")

    def _followed_zone(self, at: float, wall: float) -> tzinfo:
        """The local zone; where it or the clock has changed, all that is to come follows."""
        set_back, self._wall = wall < self._wall, wall
        if self._zone is not None and not set_back and at < self._zone_check_at:
            return self._zone
        zone, self._zone_check_at = self._local_zone(), at + ZONE_CHECK_S
        if set_back or _offset(zone, wall) != _offset(self._zone, wall):
            settled = [
                entry if entry.due <= wall or self._rings(entry) else entry.settled(wall, zone)
                for entry in self.entries
            ]
            if settled != self.entries:
                self._kept.remember(settled)
        self._zone = zone
        return zone

    # -- lists --------------------------------------------------------------------------

    def _add(self, call: Call, kind: Kind, text: str) -> Outcome:
        if len(self.entries) >= MOST_ENTRIES:
            raise SkillError(f"There are {MOST_ENTRIES} alarms already. Cancel some first.")
        now, zone = self._now(), self._local_zone()
        entry = entry_said(call, Entry(0, kind, text, 0.0), now, zone)
        self._kept.keep(_numbered(self.entries, [entry]))
        facts = {
            "when": entry.describe(zone, now),
            "text": text,
            "away": spoken.rough_length(entry.due - now),
        }
        return Outcome(variant="repeating" if entry.repeats else "once", facts=facts)

    def _of(self, kind: Kind) -> list[Entry]:
        return sorted((e for e in self.entries if e.kind == kind), key=lambda entry: entry.due)

    def _described(self, entry: Entry) -> str:
        return entry.describe(self._local_zone(), self._now())

    def _list(self, kind: Kind) -> Outcome:
        entries = self._of(kind)
        if not entries:
            return Outcome(variant="none")
        told = [self._described(e) + (f": {e.text}" if e.text else "") for e in entries]
        facts = {"entries": told, "count": spoken.counted(len(told), kind)}
        return Outcome(variant="some", facts=facts)

    # -- store ------------------------------------------------------------------------

    def _drop(self, dropped: list[Entry]) -> Outcome:
        if not dropped:
            return Outcome(variant="none")
        first, variant = dropped[0], "one" if len(dropped) == 1 else "many"
        facts = {"when": self._described(first), "text": first.text, "number": len(dropped)}
        messages = self._silenced(dropped)
        numbers = {entry.number for entry in dropped}
        self._kept.keep([entry for entry in self.entries if entry.number not in numbers])
        return Outcome(variant=variant, facts=facts, messages=messages)

    def _rest(self, over: list[Entry], now: float, zone: tzinfo) -> list[Entry]:
        """The entries once those ``over`` have rung: gone, or due again."""
        numbers = {entry.number for entry in over}
        rest = [
            entry.after_ringing(now, zone) if entry.number in numbers else entry
            for entry in self.entries
        ]
        return [entry for entry in rest if entry is not None]

    def _silenced(self, entries: list[Entry]) -> list[Message]:
        self._rung -= {entry.number for entry in entries}
        ended = self._ringing.end([_bell(entry) for entry in entries])
        return [message for outcome in ended for message in outcome.messages]

    def _rings(self, entry: Entry) -> bool:
        return _bell(entry) in self._ringing.bells

    def _now(self) -> float:
        return self.surroundings.now().timestamp()

    def _local_zone(self) -> tzinfo:
        return local_zone(self.surroundings.now())


def _bell(entry: Entry) -> str:
    return f"alarm {entry.number}"


def _offset(zone: tzinfo | None, wall: float) -> timedelta | None:
    return None if zone is None else datetime.fromtimestamp(wall, zone).utcoffset()


def _numbered(entries: list[Entry], new: list[Entry]) -> list[Entry]:
    first = max((entry.number for entry in entries), default=0) + 1
    return [
        *entries,
        *(msgspec.structs.replace(e, number=first + i) for i, e in enumerate(new)),
    ]
