"""When an utterance may begin."""

from __future__ import annotations

from assistant.hearing import ear as ears
from assistant.hearing.ear import Ear


def test_a_closed_ear_listens_only_while_it_was_opened() -> None:
    """Without its wake word nothing that is said may become a command."""
    ear = Ear(always=False)
    assert not ears.listens(ear, 0)
    ear = ears.awake(ear, 100, 50, "alexa")
    assert ears.listens(ear, 149) and not ears.listens(ear, 150)
    assert ears.pass_time(ear, 150).wake == ""


def test_a_breath_does_not_use_the_wake_word_up() -> None:
    """Who breathes in before speaking is still listened to; who has spoken is not."""
    ear = ears.awake(Ear(always=False), 0, 96_000, "alexa")
    assert ears.listens(ears.spend(ear, 1600), 8000)
    assert not ears.listens(ears.spend(ear, 16_000), 16_001)


def test_an_expected_answer_is_awaited_from_the_end_of_the_question() -> None:
    """The question itself does not eat up the time for the answer."""
    ear = ears.expect(Ear(always=False), 0, 1000)
    for position in range(0, 5000, 320):
        ear = ears.pass_time(ears.hear_answer(ear, position, 400), position)
    assert ears.sounds(ear, 5000)
    end = ear.sounding_until
    assert ears.listens(ear, end + 999) and not ears.listens(ear, end + 1000)


def test_an_answer_that_nobody_asked_for_opens_nothing() -> None:
    """An alarm long after an expectation leaves the ear closed when it has rung."""
    ear = ears.pass_time(ears.expect(Ear(always=False), 0, 1000), 2000)
    ear = ears.hear_answer(ear, 3000, 400)
    assert ears.sounds(ear, 3399)
    assert not ears.listens(ear, 3400)
