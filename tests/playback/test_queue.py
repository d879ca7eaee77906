"""What sounds next: turns, alarms, stops, marks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assistant.messages import Chunk, EndOfInput
from assistant.playback import queue as q


def chunk(answer: str, first: bool = False, alarm: bool = False, samples: int = 1_600) -> Chunk:
    """100 ms of an answer."""
    return Chunk(
        answer=answer,
        utterance=f"u-{answer}",
        rate_hz=16_000,
        first=first,
        priority="alarm" if alarm else "answer",
        audio=np.zeros(samples, dtype=np.int16).tobytes(),
    )


def queue_of(*names: str) -> q.Queue:
    """One chunk of each answer, in order; a name with ``!`` is an alarm."""
    queue = q.Queue()
    for name in names:
        queue, taken = q.put_chunk(queue, chunk(name.strip("!"), True, name.endswith("!")), 0.0)
        assert taken
    return queue


def spoken_order(queue: q.Queue) -> list[str]:
    """The answers in the order in which their chunks are taken."""
    order: list[str] = []
    while True:
        speaking = queue.speaking
        queue, taken = q.take_chunk(queue)
        if taken is None or speaking is None:
            return order
        order.append(taken.answer)
        if not queue.answers[0].chunks or speaking.alarm:
            queue = q.drop(queue, (queue.speaking,) if queue.speaking else ())


def test_answers_play_in_the_order_of_their_beginning() -> None:
    """First come, first heard."""
    assert spoken_order(queue_of("a", "b", "c")) == ["a", "b", "c"]


def test_an_alarm_goes_first_and_the_answer_goes_on_behind_it() -> None:
    """An alarm interrupts; nothing of the interrupted answer is lost."""
    queue = queue_of("a", "b", "alarm!")
    assert queue.speaking and queue.speaking.answer == "alarm"
    queue = q.drop(queue, (queue.speaking,))
    assert spoken_order(queue) == ["a", "b"]


def test_ringing_holds_answers_back_but_not_spoken_alarms() -> None:
    """While it rings answers wait; what the alarm has to say is said."""
    queue = q.put_ring(queue_of("a"), "eggs", True, 0.0)
    assert queue.speaking is None
    queue, _ = q.put_chunk(queue, chunk("alarm", True, True), 0.0)
    assert queue.speaking and queue.speaking.answer == "alarm"
    queue = q.put_ring(q.drop(queue, (queue.speaking,)), "eggs", False, 0.0)
    assert queue.speaking and queue.speaking.answer == "a"


def test_two_alarms_ring_until_both_have_ended() -> None:
    """Ending one leaves the other; ending twice does nothing."""
    queue = q.put_ring(q.put_ring(q.Queue(), "a", True, 0.0), "b", True, 0.0)
    for _ in range(2):
        queue = q.put_ring(queue, "a", False, 0.0)
        assert [name for name, _ in queue.ringing] == ["b"]


def test_nobody_rings_for_ever() -> None:
    """After ten minutes an alarm gives up, and only that one."""
    queue = q.put_ring(q.put_ring(q.Queue(), "old", True, 0.0), "new", True, 500.0)
    queue, names = q.rung_out(queue, 601.0)
    assert names == ["old"]
    assert [name for name, _ in queue.ringing] == ["new"]


def test_a_stop_drops_what_is_still_on_its_way() -> None:
    """Late chunks of a stopped answer, and tails whose beginning was never seen, stay silent."""
    queue, dropped = q.stop(queue_of("a", "b"), everything=False)
    assert [answer.answer for answer in dropped] == ["a", "b"]
    for late in (chunk("a"), chunk("b"), chunk("unseen")):
        queue, taken = q.put_chunk(queue, late, 1.0)
        assert not taken
    queue, taken = q.put_chunk(queue, chunk("c", first=True), 1.0)
    assert taken


def test_a_stop_of_answers_lets_alarms_ring() -> None:
    """Only a stop of everything ends the ringing."""
    queue = q.put_ring(queue_of("a"), "eggs", True, 0.0)
    assert q.stop(queue, everything=False)[0].ringing
    assert not q.stop(queue, everything=True)[0].ringing


def test_a_mark_waits_for_what_came_before_it() -> None:
    """The end of a recording is reached behind its answers, before later ones."""
    queue = q.put_mark(queue_of("a"), EndOfInput(file="x"))
    queue, _ = q.put_chunk(queue, chunk("b", True), 0.0)
    queue, marks = q.take_marks(queue)
    assert not marks
    queue, marks = q.take_marks(q.drop(queue, queue.answers[:1]))
    assert [mark.file for mark in marks] == ["x"]
    assert [answer.answer for answer in queue.answers] == ["b"]


def test_an_answer_that_is_never_finished_does_not_block() -> None:
    """A voice that died in mid-answer is noticed."""
    queue, _ = q.take_chunk(queue_of("a", "b"))
    assert q.starved(queue, q.STARVED_S - 0.1) is None
    late = q.starved(queue, q.STARVED_S + 0.1)
    assert late and late.answer == "a"
    assert q.starved(q.put_end(queue, "a"), q.STARVED_S + 0.1) is None


@given(st.lists(st.sampled_from("abcdefgh"), max_size=200))
def test_memory_of_what_is_over_is_bounded(names: list[str]) -> None:
    """However many answers come and go."""
    queue = q.Queue()
    for number, name in enumerate(names):
        queue, _ = q.put_chunk(queue, chunk(f"{name}{number}", True), 0.0)
        queue = q.drop(queue, queue.answers)
    assert len(queue.gone) <= q.GONE_MOST
    assert not queue.items
