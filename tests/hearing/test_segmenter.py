"""The segmenter: no sample lost or doubled, whatever is heard and however it is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import Hearing
from assistant.hearing import segmenter as seg
from assistant.pcm import FRAME_SAMPLES

SETTINGS = seg.segmenting(
    Hearing(onset_ms=60, preroll_ms=300, hangover_ms=480, longest_s=3.0, wake="none")
)
Utterance = tuple[seg.Began, np.ndarray, seg.Ended | None]

runs = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=12)
"""Stretches of speech and silence, in frames."""


def flags_of(stretches: list[tuple[bool, int]]) -> list[bool]:
    return [speech for speech, frames in stretches for _ in range(frames)]


def numbered(flags: list[bool]) -> np.ndarray:
    """A signal in which every sample tells its position."""
    return (np.arange(len(flags) * FRAME_SAMPLES) % 32749).astype(np.int16)


def feed(flags: list[bool], orders: dict[int, str] | None = None) -> list[seg.Output]:
    """All outputs for ``flags``; ``orders``: an end that is told before that frame."""
    state, outputs = seg.State(), []
    audio = numbered(flags)
    for index, flag in enumerate(flags):
        if orders and index in orders:
            state, more = seg.end(state, orders[index])
            outputs += more
        frame = audio[index * FRAME_SAMPLES :][:FRAME_SAMPLES]
        state, more = seg.step(SETTINGS, state, frame, flag)
        outputs += more
        assert sum(heard.samples.size for heard in state.ring) <= SETTINGS.ring + FRAME_SAMPLES
    state, more = seg.end(state, "input")
    return outputs + more


def utterances(outputs: list[seg.Output]) -> list[Utterance]:
    """Outputs by utterance; checks their order and that the audio is contiguous."""
    found: list[Utterance] = []
    began: seg.Began | None = None
    pieces: list[np.ndarray] = []
    for output in outputs:
        match output:
            case seg.Began():
                assert began is None
                began, pieces = output, []
            case seg.Audio():
                assert began is not None
                assert output.sample == began.sample + sum(piece.size for piece in pieces)
                pieces.append(output.samples)
            case seg.Ended():
                assert began is not None
                found.append((began, np.concatenate(pieces), output))
                began = None
    assert began is None
    return found


@given(runs)
def test_audio_of_an_utterance_is_that_of_the_microphone(stretches: list[tuple[bool, int]]) -> None:
    """Contiguous, nothing lost, nothing doubled, in order, and never in two utterances."""
    flags = flags_of(stretches)
    signal, before = numbered(flags), 0
    for began, audio, ended in utterances(feed(flags)):
        assert began.sample >= before
        assert ended.sample == began.sample + audio.size
        assert np.array_equal(audio, signal[began.sample : ended.sample])
        assert began.sample < ended.last_speech <= ended.sample
        before = ended.sample


@given(runs)
def test_no_utterance_is_longer_than_the_longest(stretches: list[tuple[bool, int]]) -> None:
    """The bound holds to the sample, and only a bound that was reached is named so."""
    for _, audio, ended in utterances(feed(flags_of(stretches))):
        assert audio.size <= SETTINGS.longest
        assert (ended.reason == "longest") <= (audio.size == SETTINGS.longest)


@given(st.integers(0, 50), st.integers(3, 100))
def test_begins_a_preroll_before_the_onset(quiet: int, speech: int) -> None:
    """Consonants before the onset are not cut off."""
    first = utterances(feed([False] * quiet + [True] * speech))[0]
    assert first[0].sample == max(quiet * FRAME_SAMPLES - SETTINGS.preroll, 0)


@given(st.integers(3, 100))
def test_ends_after_the_hangover_and_tells_where_the_silence_began(speech: int) -> None:
    """The end of speech is what latency is measured from."""
    flags = [False] * 20 + [True] * speech + [False] * 60
    (_, _, ended) = utterances(feed(flags))[0]
    assert ended.reason == "silence"
    assert ended.last_speech == (20 + speech) * FRAME_SAMPLES
    assert ended.sample == ended.last_speech + SETTINGS.hangover


@given(st.integers(160, 400))
def test_who_speaks_on_past_the_longest_loses_nothing(speech: int) -> None:
    """The next utterance begins with the very next sample."""
    found = utterances(feed([False] * 20 + [True] * speech + [False] * 40))
    assert len(found) >= 2
    for (_, _, ended), (began, _, _) in zip(found, found[1:], strict=False):
        assert ended.reason == "longest"
        assert began.sample == ended.sample


@given(runs, st.integers(0, 100))
@settings(max_examples=50)
def test_what_comes_later_changes_nothing_before(
    stretches: list[tuple[bool, int]], cut: int
) -> None:
    """Causality: a recording that is cut off gives the same outputs up to there."""
    flags = flags_of(stretches)
    whole, part = feed(flags), feed(flags[:cut])
    common = part[:-1] if part and isinstance(part[-1], seg.Ended) else part
    assert [type(output) for output in whole[: len(common)]] == [type(o) for o in common]
    for a, b in zip(whole, common, strict=False):
        assert getattr(a, "sample", None) == getattr(b, "sample", None)


@given(runs, st.data())
@settings(max_examples=50)
def test_frames_of_any_length_hold_the_same_promises(
    stretches: list[tuple[bool, int]], data: st.DataObject
) -> None:
    """Odd cuts of the audio (the last frame of a file) neither lose nor double samples."""
    flags = flags_of(stretches)
    sizes = [data.draw(st.integers(1, FRAME_SAMPLES)) for _ in flags]
    signal = (np.arange(sum(sizes)) % 32749).astype(np.int16)
    state, outputs, start = seg.State(), [], 0
    for size, flag in zip(sizes, flags, strict=True):
        state, more = seg.step(SETTINGS, state, signal[start : start + size], flag)
        outputs, start = outputs + more, start + size
    outputs += seg.end(state, "input")[1]
    for began, audio, ended in utterances(outputs):
        assert np.array_equal(audio, signal[began.sample : ended.sample])
        assert audio.size <= SETTINGS.longest


@pytest.mark.parametrize("tail", [0, 5, 20])
def test_the_rest_of_the_last_word_is_no_new_utterance(tail: int) -> None:
    """A decided command ends at once; "…please" behind it is not understood as another."""
    flags = [False] * 10 + [True] * 40 + [True] * tail + [False] * 60
    found = utterances(feed(flags, {50: "decided"}))
    assert [(ended.reason, ended.sample) for _, _, ended in found] == [("decided", 16000)]


def test_who_speaks_on_after_a_decision_is_heard_from_there_on() -> None:
    """Nothing is lost when a second command follows without a pause."""
    flags = [False] * 10 + [True] * 100 + [False] * 60
    first, second = utterances(feed(flags, {50: "decided"}))
    assert second[0].sample == first[2].sample == 16000


def test_a_new_utterance_after_a_decision_and_a_pause() -> None:
    """After the pause the ear is as open as ever, and the pre-roll reaches back to it."""
    flags = [False] * 10 + [True] * 45 + [False] * 8 + [True] * 20 + [False] * 40
    _, second = utterances(feed(flags, {50: "decided"}))
    assert second[0].sample == 55 * FRAME_SAMPLES


def test_the_rest_of_a_cancelled_utterance_is_dropped_up_to_the_pause() -> None:
    """After an overflow the next utterance is whole, not the second half of a sentence."""
    flags = [False] * 10 + [True] * 120 + [False] * 20 + [True] * 20 + [False] * 40
    first, second = utterances(feed(flags, {50: "cancelled"}))
    assert first[2].reason == "cancelled"
    assert second[0].sample >= 130 * FRAME_SAMPLES


def run_awake(flags: list[bool], fire: int, back: int) -> list[Utterance]:
    state, outputs, audio = seg.State(), [], numbered(flags)
    for index, flag in enumerate(flags):
        frame = audio[index * FRAME_SAMPLES :][:FRAME_SAMPLES]
        if index < fire:
            state = seg.ignore(SETTINGS, state, frame, flag)
            continue
        if index == fire:
            state, more = seg.awaken(SETTINGS, state, (fire - back) * FRAME_SAMPLES)
            outputs += more
        state, more = seg.step(SETTINGS, state, frame, flag)
        outputs += more
    return utterances(outputs + seg.end(state, "input")[1])


def test_the_end_of_the_wake_word_is_no_utterance() -> None:
    """Whoever pauses after the wake word has not said anything yet."""
    flags = [False] * 20 + [True] * 45 + [False] * 40 + [True] * 30 + [False] * 40
    (only,) = run_awake(flags, fire=62, back=7)
    assert only[0].sample == 105 * FRAME_SAMPLES - SETTINGS.preroll


def test_a_command_in_one_breath_with_the_wake_word_is_heard_from_the_word_on() -> None:
    """The utterance begins just behind the wake word, not with it."""
    flags = [False] * 20 + [True] * 100 + [False] * 40
    (only,) = run_awake(flags, fire=60, back=7)
    assert only[0].sample == 53 * FRAME_SAMPLES


def test_forgotten_sound_is_never_heard() -> None:
    """After an answer no echo slips into the pre-roll."""
    state, audio = seg.State(), np.ones(FRAME_SAMPLES, np.int16)
    for _ in range(40):
        state, _ = seg.step(SETTINGS, state, audio, False)
    state, outputs = seg.forget(state), []
    for _ in range(10):
        state, more = seg.step(SETTINGS, state, audio, True)
        outputs += more
    assert isinstance(outputs[0], seg.Began)
    assert outputs[0].sample == 40 * FRAME_SAMPLES
