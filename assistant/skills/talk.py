"""Talk about the talk: stop, never mind, repeat, help, greetings."""

from __future__ import annotations

import re

from assistant.messages import Expect, Stop
from assistant.skills import spoken
from assistant.skills.api import Call, Outcome, Skill, Surroundings

EXAMPLES = 4
_SAMPLES = {"items": "milk and eggs", "label": "pizza", "other": "packing", "topic": "timers"}
"""What stands for an open slot in an example."""
_SAMPLE = "water the plants"
_OPEN = re.compile(r"\((\w+)\)")


class Talk(Skill):
    """What concerns the conversation itself."""

    name = "talk"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._shown = 0

    def stop(self, call: Call) -> Outcome:
        """Silence: answers, alarms, timers that ring."""
        return Outcome(text="", messages=[Stop(scope="all")])

    def cancel(self, call: Call) -> Outcome:
        """Nothing is done, and that is said."""
        return Outcome()

    def repeat(self, call: Call) -> Outcome:
        """What was said last, again."""
        last, language = self.surroundings.last_answer()
        return Outcome(text=last, language=language) if last else Outcome(variant="nothing")

    def help(self, call: Call) -> Outcome:
        """Some examples of what can be said, others each time; about ``topic`` if it was named."""
        sayings = self.surroundings.sayings()
        if topic := str(call.value("topic", "")).lower():
            stems = {word.rstrip("s") for word in topic.split()}
            sayings = [one for one in sayings if stems & {w.rstrip("s") for w in one.split()}]
        if not sayings:
            return Outcome(variant="none")
        examples = _spread(sayings, self._shown)
        self._shown += 1
        facts = {"examples": spoken.joined([_filled(one) for one in examples], "or")}
        return Outcome(variant="examples", facts=facts, messages=[Expect(seconds=8.0)])

    def hello(self, call: Call) -> Outcome:
        """A greeting for a greeting."""
        return Outcome()

    def thanks(self, call: Call) -> Outcome:
        """You are welcome."""
        return Outcome()


def _spread(sayings: list[str], turn: int) -> list[str]:
    """``EXAMPLES`` of ``sayings``, far apart, beginning elsewhere each ``turn``."""
    count = min(EXAMPLES, len(sayings))
    stride = max(1, len(sayings) // count)
    return [sayings[(turn + i * stride) % len(sayings)] for i in range(count)]


def _filled(saying: str) -> str:
    """``saying`` with something in the place of ``(slot)``."""
    return _OPEN.sub(lambda match: _SAMPLES.get(match[1], _SAMPLE), saying)
