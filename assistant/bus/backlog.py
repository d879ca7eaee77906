"""What waits in front of one door: pure bounds, without sockets.

A door takes several kinds of message from one sender in one order; each kind has a
bound of its own and a named behaviour when that is reached (``pipeline.WhenFull``).
"""

from __future__ import annotations

from collections import Counter, deque
from enum import Enum
from typing import NamedTuple

from assistant import messages as m
from assistant.pipeline import Route, WhenFull

DATA = (
    *(m.SpeechBegan, m.Speech, m.SpeechEnded, m.Partial, m.Final, m.Decided),
    *(m.Translate, m.Translation, m.Say, m.Chunk, m.ChunkEnd),
)
"""What is dropped with its cancelled utterance. Not ``Spoken``, which ends what was begun."""


class Verdict(Enum):
    """What became of a message."""

    TAKEN = "taken"
    FULL = "full"
    """Nothing happened: the sender shall wait and offer it again."""
    GIVEN_UP = "given up"
    """Its utterance was abandoned, with all of it that waited."""
    REFUSED = "refused"
    """Not taken: the sender shall be told at once."""


class Held(NamedTuple):
    """One message that waits."""

    route: Route
    message: m.Message


class Backlog:
    """Messages that wait for one door, in order, at most ``route.bound - ahead`` of a kind.

    Args:
        ahead: messages that the socket behind this backlog holds of its own.
    """

    def __init__(self, ahead: int = 0) -> None:
        self._ahead = ahead
        self._held: deque[Held] = deque()
        self._counts: Counter[type[m.Message]] = Counter()
        self._given_up: deque[str] = deque(maxlen=16)
        self.dropped: Counter[str] = Counter()
        """Messages dropped since they were last told, by kind."""

    def __len__(self) -> int:
        return len(self._held)

    def add(self, route: Route, message: m.Message) -> Verdict:
        """Take ``message`` or do what ``route`` says of a full queue."""
        if self.is_given_up(message):
            return Verdict.TAKEN
        if self._counts[route.kind] < max(1, route.bound - self._ahead):
            return self._push(route, message)
        match route.when_full:
            case WhenFull.WAIT:
                return Verdict.FULL
            case WhenFull.REFUSE:
                return Verdict.REFUSED
            case WhenFull.GIVE_UP:
                self._given_up.append(message.utterance)
                self.forget(message.utterance)
                return Verdict.GIVEN_UP
            case WhenFull.DROP_OLDEST:
                self.dropped[route.kind.__name__] += 1
        self._remove_oldest(route.kind)
        return self._push(route, message)

    def force(self, route: Route, message: m.Message, most: int) -> bool:
        """Take ``message`` past its bound, for senders that cannot wait; False above ``most``."""
        if self._counts[route.kind] >= route.bound + most:
            return False
        self._push(route, message)
        return True

    def is_given_up(self, message: m.Message) -> bool:
        """Its utterance was given up here: what still comes of it is dropped in silence."""
        return bool(message.utterance) and message.utterance in self._given_up

    def head(self) -> Held | None:
        """What goes next."""
        return self._held[0] if self._held else None

    def pop(self) -> None:
        """The head has gone."""
        held = self._held.popleft()
        self._counts[held.route.kind] -= 1

    def forget(self, utterance: str) -> None:
        """Drop what waits of a cancelled utterance."""
        kept = [held for held in self._held if not is_stale(held.message, {utterance})]
        self._held = deque(kept)
        self._counts = Counter(held.route.kind for held in kept)

    def _push(self, route: Route, message: m.Message) -> Verdict:
        self._held.append(Held(route, message))
        self._counts[route.kind] += 1
        return Verdict.TAKEN

    def _remove_oldest(self, kind: type[m.Message]) -> None:
        at = next(i for i, held in enumerate(self._held) if held.route.kind is kind)
        del self._held[at]
        self._counts[kind] -= 1


def is_stale(message: m.Message, cancelled: set[str] | dict[str, None]) -> bool:
    """``message`` is data of one of the ``cancelled`` utterances."""
    return bool(message.utterance) and message.utterance in cancelled and isinstance(message, DATA)
