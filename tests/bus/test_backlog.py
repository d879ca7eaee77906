"""Protects the bounds: each behaviour at a full queue, and order between kinds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant import messages as m
from assistant.bus.backlog import Backlog, Verdict, is_stale
from assistant.pipeline import Route, WhenFull


def frame(sample: int) -> m.Frame:
    return m.Frame(sample=sample)


def speech(sample: int, utterance: str) -> m.Speech:
    return m.Speech(sample=sample, utterance=utterance)


def drained(backlog: Backlog) -> list[m.Message]:
    """Everything that waits, in order."""
    found = []
    while held := backlog.head():
        found.append(held.message)
        backlog.pop()
    return found


FRAMES = Route(m.Frame, "hearing", 100, WhenFull.DROP_OLDEST)
PARTIALS = Route(m.Partial, "understanding", 1, WhenFull.NEWEST_ONLY)
FINALS = Route(m.Final, "understanding", 64, WhenFull.WAIT)
SPEECH = Route(m.Speech, "recognition", 5, WhenFull.GIVE_UP)
BEGAN = Route(m.SpeechBegan, "recognition", 16, WhenFull.WAIT)
TRANSLATE = Route(m.Translate, "translation", 2, WhenFull.REFUSE)


@given(st.integers(1, 400), st.integers(0, 20))
def test_drop_oldest_keeps_the_newest_and_counts_the_rest(sent: int, ahead: int) -> None:
    """No more than the bound waits, the newest survive, and none is dropped uncounted."""
    backlog = Backlog(ahead)
    for sample in range(sent):
        assert backlog.add(FRAMES, frame(sample)) is Verdict.TAKEN
    kept = min(sent, FRAMES.bound - ahead)
    assert backlog.dropped["Frame"] == sent - kept
    assert [message.sample for message in drained(backlog)] == list(range(sent - kept, sent))


def test_newest_only_replaces_what_waits_behind_other_kinds() -> None:
    """A partial replaces the older one and never overtakes a final that came before it."""
    backlog = Backlog()
    backlog.add(PARTIALS, m.Partial(text="set"))
    backlog.add(FINALS, m.Final(text="stop"))
    backlog.add(PARTIALS, m.Partial(text="set a timer"))
    assert [type(message) for message in drained(backlog)] == [m.Final, m.Partial]
    assert not backlog.dropped, "what is replaced was never needed, and is not told"


def test_wait_refuses_to_take_more_and_changes_nothing() -> None:
    """Back-pressure: the sender keeps the message and offers it again."""
    backlog = Backlog()
    for number in range(FINALS.bound):
        assert backlog.add(FINALS, m.Final(text=str(number))) is Verdict.TAKEN
    assert backlog.add(FINALS, m.Final(text="one more")) is Verdict.FULL
    backlog.pop()
    assert backlog.add(FINALS, m.Final(text="one more")) is Verdict.TAKEN
    assert drained(backlog)[-1] == m.Final(text="one more")


def test_give_up_abandons_the_utterance_and_leaves_the_next_whole() -> None:
    """All that waits of it goes, all that still comes of it is swallowed, the next passes."""
    backlog = Backlog()
    backlog.add(BEGAN, m.SpeechBegan(utterance="a"))
    for sample in range(SPEECH.bound):
        assert backlog.add(SPEECH, speech(sample, "a")) is Verdict.TAKEN
    assert backlog.add(SPEECH, speech(99, "a")) is Verdict.GIVEN_UP
    assert len(backlog) == 0
    assert backlog.add(SPEECH, speech(100, "a")) is Verdict.TAKEN
    assert len(backlog) == 0, "nothing more of the given-up utterance is kept"
    backlog.add(BEGAN, m.SpeechBegan(utterance="b"))
    backlog.add(SPEECH, speech(101, "b"))
    assert [message.utterance for message in drained(backlog)] == ["b", "b"]


def test_refuse_says_so_and_keeps_what_waits() -> None:
    """The third translation is refused; the first two stay."""
    backlog = Backlog()
    verdicts = [backlog.add(TRANSLATE, m.Translate(text="x", target="es")) for _ in range(3)]
    assert verdicts == [Verdict.TAKEN, Verdict.TAKEN, Verdict.REFUSED]
    assert len(backlog) == 2


@given(st.lists(st.sampled_from(["began", "speech a", "speech b", "pop", "forget a"]), max_size=60))
def test_order_and_bounds_hold_whatever_happens(steps: list[str]) -> None:
    """One stream of several kinds stays in order, and no kind exceeds its bound."""
    backlog, went = Backlog(), []
    for sample, step in enumerate(steps):
        match step.split():
            case ["began"]:
                backlog.add(BEGAN, m.SpeechBegan(utterance="b", sample=sample))
            case ["speech", utterance]:
                backlog.add(SPEECH, speech(sample, utterance))
            case ["forget", utterance]:
                backlog.forget(utterance)
            case ["pop"] if held := backlog.head():
                went.append(held.message.sample)
                backlog.pop()
        assert len(backlog) <= SPEECH.bound + BEGAN.bound
    went += [message.sample for message in drained(backlog)]
    assert went == sorted(went)


def test_only_data_goes_stale() -> None:
    """A cancelled utterance's audio and words are dropped; the end of its answer is not."""
    assert is_stale(m.Say(text="x", answer="1", utterance="a"), {"a"})
    assert not is_stale(m.Spoken(answer="1", utterance="a"), {"a"})
    assert not is_stale(m.Say(text="x", answer="1", utterance=""), {""})
    assert not is_stale(m.Say(text="x", answer="1", utterance="b"), {"a"})
