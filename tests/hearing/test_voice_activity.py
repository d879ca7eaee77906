"""Speech is found, the room is not; the quiet costs nothing."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.config import Hearing
from assistant.hearing import noise_gate
from assistant.hearing.noise_gate import NoiseGate
from assistant.hearing.voice_activity import Silero, VoiceActivity, WebRtc
from assistant.pcm import FRAME_SAMPLES, Int16


def noise(level_db: float, seconds: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 32768 * 10 ** (level_db / 20), int(16000 * seconds))


def rain(level_db: float, seconds: float) -> np.ndarray:
    """Broad noise that swells, and drops on top of it."""
    rng = np.random.default_rng(2)
    steady = noise(level_db, seconds)
    swell = 1 + 0.3 * np.sin(np.arange(steady.size) / 16000 * 2 * np.pi * 0.3)
    drops = rng.normal(0, 32768 * 10 ** ((level_db + 10) / 20), steady.size)
    return steady * swell + drops * (rng.random(steady.size) < 0.005)


def flags(audio: np.ndarray, vad: str = "webrtc") -> list[bool]:
    activity = VoiceActivity(Hearing(vad=vad))
    state, found = activity.start(), []
    samples = audio.clip(-32768, 32767).astype(np.int16)
    for start in range(0, samples.size - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        state, speech = activity.step(state, samples[start : start + FRAME_SAMPLES], False)
        found.append(speech)
    return found


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
def test_speech_is_found_and_the_silence_around_it_is_not(vad: str, spoken: Int16) -> None:
    """Both engines agree on what a whole voice assistant rests on."""
    quiet = noise(-70, 1.0)
    audio = np.concatenate([quiet, spoken, quiet])
    found = np.array(flags(audio, vad))
    inside = found[50 : 50 + spoken.size // FRAME_SAMPLES]
    assert inside.mean() > 0.4
    assert not found[:48].any()
    assert not found[-15:].any()


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
@pytest.mark.parametrize("room", ["fan", "rain"])
def test_a_steady_noise_triggers_nothing(vad: str, room: str) -> None:
    """A fan or rain at -50 dBFS is the floor, once it has been heard for three seconds."""
    audio = noise(-50, 12.0) if room == "fan" else rain(-50, 12.0)
    assert sum(flags(audio, vad)[160:]) <= 2


def test_speech_over_a_fan_is_still_found(spoken: Int16) -> None:
    """The floor follows the noise, not the speech."""
    fan = noise(-50, 4.0)
    over = np.concatenate([fan, spoken + noise(-50, spoken.size / 16000, seed=3)])
    assert np.mean(flags(over)[200:]) > 0.4


def test_the_floor_comes_down_at_once_and_goes_up_slowly() -> None:
    """A word does not raise the floor; the end of a noise is noticed with the next frame."""
    gate = NoiseGate()
    for level_db, seconds, low, high in [
        (-40, 4, -44, -39),
        (-70, 0.4, -72, -60),
        (-30, 1, -72, -60),
    ]:
        audio = noise(level_db, seconds).astype(np.int16)
        for start in range(0, audio.size - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            gate, _ = noise_gate.step(gate, audio[start : start + FRAME_SAMPLES], False)
        assert low < gate.floor_db < high


def test_a_constant_offset_is_no_sound() -> None:
    """Cheap sound cards add direct current."""
    assert noise_gate.power_of(np.full(FRAME_SAMPLES, 8000, np.int16)) < 1e-6


def test_silero_sleeps_in_the_quiet() -> None:
    """Its network, thirty times the cost, does not run while nothing stands out."""
    engine = Silero(0.5)
    state = engine.start()
    frame = np.zeros(FRAME_SAMPLES, np.int16)
    for _ in range(200):
        state, speech = engine.step(state, frame, False)
        assert not speech and state.asleep
        assert state.pending.size <= Silero.WARM_UP_SAMPLES
    state, _ = engine.step(state, frame, True)
    assert not state.asleep and state.pending.size < Silero.WINDOW_SAMPLES


def test_the_first_frames_of_a_noisy_recording_are_no_speech() -> None:
    """The detector takes what it hears first for speech; nobody has spoken yet."""
    assert not any(flags(noise(-45, 0.5))[: WebRtc.LEARNING_FRAMES])
    assert sum(flags(noise(-45, 0.5))) <= 2
