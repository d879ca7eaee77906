"""When what is heard may become an utterance: a pure value on the sample clock.

The ear is always open, or a wake word or an expected answer opens it for a while. While
an answer sounds, and a little longer for its echo, utterances may open too, but only
"stop" is acted on in them (half duplex).
"""

from __future__ import annotations

from typing import NamedTuple

from assistant.pcm import samples_of

ENOUGH_SPEECH_SAMPLES = samples_of(0.25)
"""An utterance with less (a breath, a click) does not use the wake word up."""
CLOSED = -1


class Ear(NamedTuple):
    """The state; all positions on the sample clock."""

    always: bool
    """No wake word is needed."""
    until: int = CLOSED
    """An utterance may begin before it."""
    wake: str = ""
    """What opened it, until an utterance has begun."""
    expected: int = 0
    """Samples for which an answer is awaited, counted from the end of what sounds."""
    sounding_until: int = CLOSED
    """End of the answer that sounds and of its echo."""


def sounds(ear: Ear, position: int) -> bool:
    """An answer or its echo can be in the microphone."""
    return position < ear.sounding_until


def listens(ear: Ear, position: int) -> bool:
    """An utterance may begin."""
    return ear.always or position < ear.until or sounds(ear, position)


def pass_time(ear: Ear, position: int) -> Ear:
    """What ``position`` has left behind is forgotten."""
    if ear.until == CLOSED or position < ear.until or sounds(ear, position):
        return ear
    return ear._replace(until=CLOSED, wake="", expected=0)


def hear_answer(ear: Ear, position: int, tail: int) -> Ear:
    """An answer is sounding; its echo lasts for ``tail`` samples."""
    end = max(position + tail, ear.sounding_until)
    until = max(ear.until, end + ear.expected) if ear.expected else ear.until
    return ear._replace(sounding_until=end, until=until)


def expect(ear: Ear, position: int, samples: int) -> Ear:
    """Listen for ``samples`` without a wake word, from the end of what sounds."""
    end = max(position, ear.sounding_until)
    return ear._replace(until=max(ear.until, end + samples), expected=samples)


def renumber(ear: Ear, by: int) -> Ear:
    """The samples are numbered anew: a position is now called ``by`` more than before."""
    until = CLOSED if ear.until == CLOSED else max(ear.until + by, 0)
    return ear._replace(until=until, sounding_until=max(ear.sounding_until + by, CLOSED))


def awake(ear: Ear, position: int, samples: int, wake: str) -> Ear:
    """A wake word was heard."""
    return ear._replace(until=position + samples, wake=wake, expected=0)


def spend(ear: Ear, speech: int) -> Ear:
    """An utterance with so many samples of speech is over: the wake word is used up."""
    if speech < ENOUGH_SPEECH_SAMPLES:
        return ear
    return ear._replace(until=CLOSED, wake="", expected=0)
