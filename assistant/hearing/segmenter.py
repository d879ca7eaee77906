"""From frames to utterances: a pure state machine, driven by samples alone.

``step(settings, state, frame) -> (state, outputs)``. Idle, the last frames are kept in a
bounded ring; when enough of the last 200 ms is speech an utterance opens, from the
pre-roll on; it ends in a hangover of silence, at the longest length, or when it is told.

After an end there may be more to say about the sound that follows at once (``Rest``):

- "longest": the speech goes on, so the next utterance begins with the very next sample;
- "decided", and behind a wake word: what is left of the last word is let pass, but who
  speaks on is heard from the end (or the wake word) on;
- "cancelled": what is left is dropped up to the next pause.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from assistant.config import Hearing
from assistant.pcm import FRAME_SAMPLES, Int16, samples_of

Reason = Literal["silence", "longest", "decided", "input", "cancelled"]

WINDOW_SAMPLES = samples_of(0.2)
"""In which ``onset`` of speech opens an utterance."""
PAUSE_SAMPLES = samples_of(0.12)
"""Silence that separates a rest from what comes next."""
DECIDED_REST_SAMPLES = samples_of(0.6)
WAKE_REST_SAMPLES = samples_of(0.36)
"""Who still speaks after so long has gone on speaking."""
NEVER = 1 << 62


class Heard(NamedTuple):
    """A frame and what the detector says of it."""

    start: int
    samples: Int16
    is_speech: bool

    @property
    def end(self) -> int:
        """One past its last sample."""
        return self.start + self.samples.size


class Began(NamedTuple):
    """An utterance begins; ``sample`` is the first of its pre-roll."""

    sample: int


class Audio(NamedTuple):
    """The next samples of the open utterance."""

    sample: int
    samples: Int16


class Ended(NamedTuple):
    """The utterance is over."""

    sample: int
    """One past the last that was handed out."""
    last_speech: int
    """One past the last sample of speech."""
    speech: int
    """Samples of speech in it."""
    reason: Reason


Output = Began | Audio | Ended


class Segmenting(NamedTuple):
    """The settings, in samples."""

    onset: int
    preroll: int
    hangover: int
    longest: int

    @property
    def ring(self) -> int:
        """What is kept while no utterance is open."""
        return self.preroll + WINDOW_SAMPLES + max(self.hangover, DECIDED_REST_SAMPLES)


class Opened(NamedTuple):
    """The utterance that is being handed out."""

    first: int
    last_speech: int
    speech: int


class Rest(NamedTuple):
    """What follows at once upon an end or a wake word; see the module."""

    begin: int
    """First sample of the next utterance, if the speech goes on."""
    earliest: int
    """Before it nothing opens."""
    pause: int
    """Silence after which all is as usual."""
    last_speech: int


class State(NamedTuple):
    """The state between two frames."""

    position: int = 0
    """The sample that comes next."""
    ring: tuple[Heard, ...] = ()
    floor: int = 0
    """No utterance begins before it."""
    opened: Opened | None = None
    rest: Rest | None = None


Result = tuple[State, list[Output]]


def segmenting(settings: Hearing) -> Segmenting:
    """The settings in samples; the longest utterance is at least as long as the ring."""
    bare = Segmenting(
        onset=max(samples_of(settings.onset_ms / 1000), 1),
        preroll=samples_of(settings.preroll_ms / 1000),
        hangover=max(samples_of(settings.hangover_ms / 1000), FRAME_SAMPLES),
        longest=0,
    )
    return bare._replace(longest=max(samples_of(settings.longest_s), bare.ring + samples_of(0.1)))


def step(settings: Segmenting, state: State, samples: Int16, is_speech: bool) -> Result:
    """One frame, (samples,), at ``state.position``."""
    frame = Heard(state.position, samples, is_speech)
    state = state._replace(position=frame.end)
    if state.opened is not None:
        return _continue(settings, state, state.opened, frame)
    return _wait(settings, _remember(settings, state, frame))


def ignore(settings: Segmenting, state: State, samples: Int16, is_speech: bool) -> State:
    """As ``step``, with the ear closed: remembered for the pre-roll, but nothing opens."""
    frame = Heard(state.position, samples, is_speech)
    return _remember(settings, state._replace(position=frame.end, rest=None), frame)


def end(state: State, reason: Reason) -> Result:
    """End the open utterance, if there is one, before the next sample."""
    if state.opened is None:
        return state, []
    return _close(state, state.opened, reason, state.position)


def forget(state: State, position: int | None = None) -> State:
    """Idle, and nothing before ``position`` (the next sample) will be heard again.

    An open utterance must have been ended.
    """
    start = state.position if position is None else position
    return State(position=start, floor=start)


def awaken(settings: Segmenting, state: State, since: int) -> Result:
    """A wake word ended about the sample ``since``: only what comes after it is heard.

    What is left of the word is let pass; speech that goes on opens an utterance.
    """
    begin = max(since, state.floor)
    rest = Rest(begin, begin + WAKE_REST_SAMPLES, PAUSE_SAMPLES, begin)
    idle = state._replace(floor=begin, rest=rest, opened=None)
    for frame in state.ring:
        if frame.end > begin:
            idle = _settle(idle, frame)
    return _wait(settings, idle)


def _continue(settings: Segmenting, state: State, opened: Opened, frame: Heard) -> Result:
    cut = opened.first + settings.longest
    if frame.end > cut:
        return _split(settings, state, opened, frame, cut)
    if frame.is_speech:
        opened = Opened(opened.first, frame.end, opened.speech + frame.samples.size)
    outputs: list[Output] = [Audio(frame.start, frame.samples)]
    if frame.end - opened.last_speech < settings.hangover:
        return state._replace(opened=opened), outputs
    state, ended = _close(state, opened, "silence", frame.end)
    return state, outputs + ended


def _split(settings: Segmenting, state: State, opened: Opened, frame: Heard, cut: int) -> Result:
    """The longest length is reached inside ``frame``, or between it and the last."""
    outputs: list[Output] = []
    size = cut - frame.start
    if size > 0:
        outputs.append(Audio(frame.start, frame.samples[:size]))
        if frame.is_speech:
            opened = Opened(opened.first, cut, opened.speech + size)
    state, ended = _close(state._replace(position=cut), opened, "longest", cut, settings.hangover)
    state, more = step(settings, state, frame.samples[max(size, 0) :], frame.is_speech)
    return state, outputs + ended + more


def _close(
    state: State, opened: Opened, reason: Reason, at: int, pause: int = PAUSE_SAMPLES
) -> Result:
    earliest = {
        "longest": at,
        "decided": at + DECIDED_REST_SAMPLES,
        "cancelled": NEVER,
    }.get(reason)
    rest = None if earliest is None else Rest(at, earliest, pause, opened.last_speech)
    ended = Ended(at, opened.last_speech, opened.speech, reason)
    return State(position=state.position, floor=at, rest=rest), [ended]


def _remember(settings: Segmenting, state: State, frame: Heard) -> State:
    ring = (*state.ring, frame)
    while len(ring) > 1 and frame.end - ring[0].end >= settings.ring:
        ring = ring[1:]
    return _settle(state._replace(ring=ring), frame)


def _settle(state: State, frame: Heard) -> State:
    """What ``frame`` means for the rest, if there is one."""
    rest = state.rest
    if rest is None:
        return state
    if frame.is_speech:
        return state._replace(rest=rest._replace(last_speech=frame.end))
    if frame.end - rest.last_speech < rest.pause:
        return state
    return state._replace(rest=None, floor=max(rest.begin, rest.last_speech))


def _wait(settings: Segmenting, state: State) -> Result:
    """Open an utterance if there has been enough speech."""
    rest = state.rest
    if rest is not None and state.position < rest.earliest:
        return state, []
    window = max(state.position - WINDOW_SAMPLES, state.floor)
    speech = [frame for frame in state.ring if frame.is_speech and frame.end > window]
    if sum(frame.samples.size for frame in speech) < settings.onset:
        return state, []
    begin = rest.begin if rest else speech[0].start - settings.preroll
    return _open(state, max(begin, state.floor, state.ring[0].start))


def _open(state: State, first: int) -> Result:
    kept = [frame for frame in state.ring if frame.end > first]
    audio = np.concatenate([frame.samples for frame in kept])[first - kept[0].start :]
    speech = [frame for frame in kept if frame.is_speech]
    opened = Opened(first, speech[-1].end, sum(frame.samples.size for frame in speech))
    state = State(position=state.position, floor=state.floor, opened=opened)
    return state, [Began(first), Audio(first, audio)]
