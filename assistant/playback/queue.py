"""What sounds next: a pure queue of answers, alarms and ringing.

Functions take a ``Queue`` and give a new one. Spoken alarms go before answers, and the
ringing before answers too: an answer that is interrupted waits with its place kept and
goes on afterwards. Answers play in the order in which their first chunk came.
"""

from __future__ import annotations

from typing import NamedTuple

from assistant.messages import Chunk, EndOfInput

GONE_MOST = 64
"""Answers that are remembered after they are over, so that late chunks are thrown away."""
RING_MOST_S = 600.0
STARVED_S = 5.0
"""An answer that gets no more sound and no end for so long is over."""


class Answer(NamedTuple):
    """An answer that sounds or waits."""

    answer: str
    utterance: str
    alarm: bool
    arrived_at: float
    """Monotonic time of its first chunk."""
    fed_at: float
    chunks: tuple[Chunk, ...] = ()
    ended: bool = False

    @property
    def seconds(self) -> float:
        """Sound that waits."""
        return sum(len(chunk.audio) / 2 / chunk.rate_hz for chunk in self.chunks)

    @property
    def is_over(self) -> bool:
        """All of it has been taken."""
        return self.ended and not self.chunks


class Queue(NamedTuple):
    """All that waits or sounds."""

    items: tuple[Answer | EndOfInput, ...] = ()
    ringing: tuple[tuple[str, float], ...] = ()
    """Names of the alarms that ring, and since when."""
    gone: tuple[str, ...] = ()
    stopped: bool = False
    """There has been a ``Stop``: sound of answers whose beginning never came is left over."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers among the items."""
        return tuple(item for item in self.items if isinstance(item, Answer))

    @property
    def seconds(self) -> float:
        """Sound that waits, without the ringing."""
        return sum(answer.seconds for answer in self.answers)

    @property
    def speaking(self) -> Answer | None:
        """The answer whose turn it is; None while it rings or there is none."""
        answers = self.answers
        alarm = next((answer for answer in answers if answer.alarm), None)
        if alarm or self.ringing:
            return alarm
        return answers[0] if answers else None


def put_chunk(queue: Queue, chunk: Chunk, now: float) -> tuple[Queue, bool]:
    """Append sound to its answer; whether it was taken. Late or headless sound is not."""
    if chunk.answer in queue.gone:
        return queue, False
    found = next((item for item in queue.answers if item.answer == chunk.answer), None)
    if found:
        fed = found._replace(chunks=(*found.chunks, chunk), fed_at=now)
        return _replace(queue, found, fed), True
    if queue.stopped and not chunk.first:
        return _forget(queue, chunk.answer), False
    is_alarm = chunk.priority == "alarm"
    answer = Answer(chunk.answer, chunk.utterance, is_alarm, now, now, (chunk,))
    return queue._replace(items=(*queue.items, answer)), True


def put_end(queue: Queue, name: str) -> Queue:
    """No more sound follows for the answer ``name``."""
    for answer in queue.answers:
        if answer.answer == name:
            return _replace(queue, answer, answer._replace(ended=True))
    return queue


def put_mark(queue: Queue, mark: EndOfInput) -> Queue:
    """Behind everything that came before it."""
    return queue._replace(items=(*queue.items, mark))


def put_ring(queue: Queue, name: str, on: bool, now: float) -> Queue:
    """Begin or end the ringing of ``name``."""
    others = tuple(ring for ring in queue.ringing if ring[0] != name)
    return queue._replace(ringing=(*others, (name, now)) if on else others)


def take_chunk(queue: Queue) -> tuple[Queue, Chunk | None]:
    """The next sound of the answer that speaks; None where it has to wait for more."""
    answer = queue.speaking
    if answer is None or not answer.chunks:
        return queue, None
    return _replace(queue, answer, answer._replace(chunks=answer.chunks[1:])), answer.chunks[0]


def take_marks(queue: Queue) -> tuple[Queue, list[EndOfInput]]:
    """The marks that nothing is before any more."""
    marks: list[EndOfInput] = []
    while queue.items and isinstance(queue.items[0], EndOfInput):
        marks.append(queue.items[0])
        queue = queue._replace(items=queue.items[1:])
    return queue, marks


def stop(queue: Queue, everything: bool) -> tuple[Queue, tuple[Answer, ...]]:
    """Drop all answers, with ``everything`` the ringing too; gives what was dropped."""
    dropped = queue.answers
    ringing = () if everything else queue.ringing
    return drop(queue, dropped)._replace(ringing=ringing, stopped=True), dropped


def drop(queue: Queue, answers: tuple[Answer, ...]) -> Queue:
    """Without ``answers``; what still comes of them is thrown away."""
    for answer in answers:
        queue = _remove(queue, answer)
    return queue


def starved(queue: Queue, now: float) -> Answer | None:
    """The speaking answer, if it has waited too long for the rest of its sound."""
    answer = queue.speaking
    if answer and not answer.chunks and not answer.ended and now - answer.fed_at > STARVED_S:
        return answer
    return None


def rung_out(queue: Queue, now: float) -> tuple[Queue, list[str]]:
    """End the ringing that nobody has ended in ten minutes; gives its names."""
    over = [name for name, since in queue.ringing if now - since > RING_MOST_S]
    kept = tuple(ring for ring in queue.ringing if ring[0] not in over)
    return (queue._replace(ringing=kept) if over else queue), over


def _replace(queue: Queue, old: Answer, new: Answer) -> Queue:
    return queue._replace(items=tuple(new if item is old else item for item in queue.items))


def _remove(queue: Queue, answer: Answer) -> Queue:
    kept = tuple(item for item in queue.items if item is not answer)
    return _forget(queue._replace(items=kept), answer.answer)


def _forget(queue: Queue, name: str) -> Queue:
    gone = queue.gone if name in queue.gone else (*queue.gone, name)
    return queue._replace(gone=gone[-GONE_MOST:])
