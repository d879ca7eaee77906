"""The stage with files, or nothing, as speaker. Real speakers: end_to_end."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from assistant import messages as m
from assistant.config import read_settings
from assistant.playback import signs
from assistant.playback.file_speaker import FileSpeaker
from assistant.playback.mixer import Mixer
from assistant.playback.queue import Queue, put_ring
from assistant.playback.reference import Reference
from assistant.playback.stage import PlaybackStage

RATE_HZ = 22_050
Samples = npt.NDArray[np.int16]


def stage_of(**more: object) -> PlaybackStage:
    """No speaker, at once."""
    wanted = {"playback.device": "none", "playback.pace": 0, **more}
    return PlaybackStage(read_settings(environment={}, overrides=wanted))


def noise(seconds: float, seed: int = 1) -> Samples:
    """Something to say."""
    rng = np.random.default_rng(seed)
    return rng.integers(-9_000, 9_000, round(seconds * RATE_HZ), dtype=np.int16)


def say(
    stage: PlaybackStage, answer: str, samples: Samples, alarm: bool = False
) -> list[m.Message]:
    """Send an answer as the voice does, waiting while the stage is full."""
    out: list[m.Message] = []
    for start in range(0, len(samples), 2_205):
        out += settle(stage, 1.0, until_free=True)
        audio = samples[start : start + 2_205].tobytes()
        chunk = m.Chunk(
            answer=answer,
            utterance="u",
            rate_hz=RATE_HZ,
            audio=audio,
            first=not start,
            priority="alarm" if alarm else "answer",
        )
        out += stage.handle(chunk)
    return [*out, *stage.handle(m.ChunkEnd(answer=answer))]


def settle(stage: PlaybackStage, seconds: float, until_free: bool = False) -> list[m.Message]:
    """Ticks until the stage is idle (or takes more), at most ``seconds``."""
    out: list[m.Message] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until_free and stage.accepts():
            return out
        now = list(stage.handle(m.Tick(at=time.monotonic(), wall=0.0)))
        out += now
        if not until_free and not now and not stage._is_busy:
            return out
        time.sleep(0.002)
    return out


def outcomes(out: list[m.Message]) -> list[tuple[str, str]]:
    """How each answer ended."""
    return [(message.answer, message.outcome) for message in out if isinstance(message, m.Spoken)]


def test_a_file_holds_the_answers(tmp_path: Path) -> None:
    """In order, whole, with a pause between; readable while the daemon goes on."""
    path = tmp_path / "answers.wav"
    stage = stage_of(**{"playback.file": str(path)})
    first, second = noise(0.5, 1), noise(0.4, 2)
    out = say(stage, "a", first) + say(stage, "b", second) + settle(stage, 3)
    assert outcomes(out) == [("a", "played"), ("b", "played")]
    written, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == RATE_HZ
    assert (written[: len(first)] == first).all()
    assert (written[-len(second) :] == second).all()
    assert len(written) > len(first) + len(second)


def test_a_folder_holds_one_file_an_answer(tmp_path: Path) -> None:
    """Named after the answer, whatever is in its name; told with ``spoken``."""
    stage = stage_of(**{"playback.file": str(tmp_path / "answers")})
    out = say(stage, "../a 1", noise(0.2)) + settle(stage, 3)
    spoken = next(x for x in out if isinstance(x, m.Event) and x.kind == "spoken")
    path = Path(spoken.facts["file"])
    assert path.parent == tmp_path / "answers"
    assert (soundfile.read(path, dtype="int16")[0] == noise(0.2)).all()


def test_a_file_that_cannot_be_written_is_told_and_nothing_hangs(tmp_path: Path) -> None:
    """A full disk, a folder in the way: one error, the answers go on."""
    (tmp_path / "x.wav").mkdir()
    stage = stage_of(**{"playback.file": str(tmp_path / "x.wav")})
    out = say(stage, "a", noise(0.5)) + settle(stage, 3)
    errors = [x for x in out if isinstance(x, m.Event) and x.kind == "error"]
    assert len(errors) == 1
    assert "x.wav" in errors[0].facts["message"]
    assert outcomes(out) == [("a", "played")]


def test_a_file_is_begun_when_it_can_be(tmp_path: Path) -> None:
    """What was in the way at first does not keep later answers out."""
    path = tmp_path / "x.wav"
    path.mkdir()
    stage = stage_of(**{"playback.file": str(path)})
    say(stage, "a", noise(0.2))
    settle(stage, 3)
    path.rmdir()
    say(stage, "b", noise(0.3, 2))
    settle(stage, 3)
    written, _ = soundfile.read(path, dtype="int16")
    assert (written[-len(noise(0.3, 2)) :] == noise(0.3, 2)).all()


class Unplugged(FileSpeaker):
    """Opens, takes what it is given, never lets it sound; and can be pulled out."""

    is_open = True
    pulled = False

    def poll(self, now: float, wanted: bool) -> list[m.Event]:
        """It is found out here that it is gone."""
        self.is_open = not self.pulled
        return []

    def taken(self, now: float) -> int:
        """Nothing."""
        return 0


@pytest.mark.parametrize("pulled", [True, False], ids=["lost", "stuck"])
def test_an_answer_whose_sound_was_all_given_is_lost_aloud(pulled: bool) -> None:
    """In the speaker's buffer but never heard: told once, and nothing waits for ever."""
    settings = read_settings(environment={}, overrides={"playback.patience_s": 0.2})
    speaker = Unplugged(None, 0.0)
    stage = PlaybackStage(settings, speaker)
    out = say(stage, "a", noise(0.1)) + settle(stage, 0.05)
    assert not outcomes(out) and stage._ends
    speaker.pulled = pulled
    out = settle(stage, 0.6)
    assert outcomes(out) == [("a", "lost")]
    assert len([x for x in out if isinstance(x, m.Event) and x.kind == "error"]) == 1


def test_an_answer_that_cannot_wait_is_given_up_once() -> None:
    """Behind a long alarm: one error and one outcome, however many chunks still come."""
    stage = stage_of()
    list(stage.handle(m.Ring(name="alarm 1")))
    for start in range(31):
        chunk = m.Chunk(answer="a", rate_hz=RATE_HZ, audio=noise(1).tobytes(), first=not start)
        list(stage.handle(chunk))
    out: list[m.Message] = []
    for n in range(5):
        chunk = m.Chunk(answer="b", rate_hz=RATE_HZ, audio=noise(0.1).tobytes(), first=not n)
        out += stage.handle(chunk)
    assert outcomes(out) == [("b", "lost")]
    assert len([x for x in out if isinstance(x, m.Event) and x.kind == "error"]) == 1


def test_pace_is_that_of_life() -> None:
    """A file takes as long as a loudspeaker would."""
    stage = stage_of(**{"playback.pace": 1.0})
    began = time.monotonic()
    out = say(stage, "a", noise(0.5)) + settle(stage, 3)
    assert 0.45 < time.monotonic() - began < 1.5
    assert outcomes(out) == [("a", "played")]


def test_the_reference_is_what_sounded() -> None:
    """Frames of 20 ms at 16 kHz, active to the last, then one that says it is over."""
    stage = stage_of()
    out = say(stage, "a", noise(1.0)) + settle(stage, 3)
    played = [message for message in out if isinstance(message, m.Played)]
    assert all(len(frame.samples) == 320 for frame in played)
    assert [frame.active for frame in played] == [True] * (len(played) - 1) + [False]
    assert [frame.sample for frame in played] == [320 * n for n in range(len(played))]
    assert len(played) == pytest.approx(50, abs=2)
    assert settle(stage, 0.2) == [], "idle it says nothing"


def test_the_end_of_input_comes_behind_its_answers() -> None:
    """And goes on its way round."""
    stage = stage_of()
    out = say(stage, "a", noise(0.3))
    out += stage.handle(m.EndOfInput(file="x.wav", sample=7))
    out += settle(stage, 3)
    kinds = [x.kind if isinstance(x, m.Event) else type(x).__name__ for x in out]
    assert kinds.index("spoken") < kinds.index("end of input") < kinds.index("EndOfInput")


def test_a_stop_ends_answer_and_reference() -> None:
    """Everything that sounds or waits is told as stopped, once."""
    stage = stage_of(**{"playback.pace": 1.0})
    say(stage, "a", noise(0.3))
    out = list(stage.interrupt(m.Stop()))
    assert outcomes(out) == [("a", "stopped")]
    out = settle(stage, 1)
    assert outcomes(out) == []
    assert [x.active for x in out if isinstance(x, m.Played)][-1] is False


def test_a_cancelled_utterance_is_silent() -> None:
    """Only its own answers."""
    stage = stage_of(**{"playback.pace": 1.0})
    say(stage, "a", noise(0.2))
    assert outcomes(list(stage.interrupt(m.Cancel(utterance="other")))) == []
    assert outcomes(list(stage.interrupt(m.Cancel(utterance="u")))) == [("a", "stopped")]


def test_what_an_interrupted_iterator_leaves_is_told_later() -> None:
    """The runner may leave ``handle`` early: no outcome is lost with it."""
    stage = stage_of()
    say(stage, "a", noise(0.05))
    flow = stage.handle(m.Tick(at=1.0, wall=0.0))
    flow.close()  # type: ignore[attr-defined]
    flow = stage.handle(m.EndOfInput(file="x"))
    next(flow, None)
    flow.close()  # type: ignore[attr-defined]
    assert any(isinstance(x, m.EndOfInput) for x in settle(stage, 1))


def test_an_alarm_is_heard_before_the_rest_of_an_answer() -> None:
    """Its end comes first, the answer's after it, both whole."""
    stage = stage_of(**{"playback.pace": 4.0})
    out = say(stage, "a", noise(0.6)) + say(stage, "alarm", noise(0.3), alarm=True)
    out += settle(stage, 3)
    assert outcomes(out) == [("alarm", "played"), ("a", "played")]


def test_the_end_of_an_alarm_gets_in_while_it_rings() -> None:
    """Answers that wait behind it do not close the door; given up beyond their bound."""
    stage = stage_of(**{"playback.pace": 1.0})
    out = list(stage.handle(m.Ring(name="eggs")))
    for number in range(40):
        assert stage.accepts()
        out += say(stage, f"a{number}", noise(1.0)[:22_050])
    lost = [answer for answer, outcome in outcomes(out) if outcome == "lost"]
    assert lost, "bounded"
    assert any(isinstance(x, m.Event) and x.kind == "error" for x in out)
    list(stage.handle(m.Ring(name="eggs", on=False)))
    assert not stage._queue.ringing


def test_ducking_falls_and_rises_without_a_jump() -> None:
    """Level falls by the configured decibels within 40 ms and comes back."""
    mixer = Mixer(16_000, duck_db=-20.0)
    queue = put_ring(Queue(), "eggs", True, 0.0)
    mixer._ring = np.full(16_000, 10_000, dtype=np.int16)
    mixer.duck(True)
    _, down = mixer.stretch(queue, 1_600)
    mixer.duck(False)
    _, up = mixer.stretch(queue, 1_600)
    level = np.concatenate([down.samples, up.samples]).astype(np.int64)
    assert level[700] == pytest.approx(1_000, abs=2)
    assert level[-1] == pytest.approx(10_000, abs=2)
    assert np.abs(np.diff(level)).max() < 40


def test_a_reference_drops_what_was_taken_back() -> None:
    """After an interrupt only what was really taken is reported."""
    reference = Reference(16_000)
    reference.give(np.arange(1_000, dtype=np.int16))
    reference.drop(360)
    frames = reference.take(1_000, at=5.0)
    assert [frame.samples[0] for frame in frames] == [0, 320]
    assert frames[-1].at == pytest.approx(5.0)
    assert reference.waiting == 0


@pytest.mark.parametrize("name", ["listening", "done", "error"])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_signs_begin_and_end_in_silence(name: str, rate_hz: int) -> None:
    """Short, never at the limit, no click at either end."""
    sound = signs.sign(name, rate_hz).astype(np.int64)
    assert 0.1 < len(sound) / rate_hz < 0.5
    assert 2_000 < np.abs(sound).max() < 20_000
    assert abs(sound[0]) < 50
    assert np.abs(sound[-5:]).max() < 200


def test_the_ringing_repeats_without_a_seam() -> None:
    """One round ends as the next begins: in silence."""
    sound = signs.ring(16_000)
    assert len(sound) == 32_000
    assert abs(int(sound[0])) + abs(int(sound[-1])) < 50
