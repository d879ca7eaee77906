"""The hearing stage: frames in, utterances out.

Frame → voice activity and wake word → ear (may it begin?) → segmenter → SpeechBegan,
Speech…, SpeechEnded. All is decided on the sample clock; the monotonic clock only tells
how long a decision took. Messages are made before the first of them is yielded, so that
an interrupt between two of them finds the state whole.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from assistant import messages as m
from assistant.config import Settings
from assistant.errors import AssistantError
from assistant.hearing import ear as ears
from assistant.hearing import segmenter
from assistant.hearing.voice_activity import VoiceActivity
from assistant.hearing.wake import LOOK_BACK_SAMPLES, OPEN_EAR, WakeWord
from assistant.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Int16, samples_of
from assistant.stage import PlainStage
from assistant.tracefolder import write_sound

PIECE_SAMPLES = 4 * FRAME_SAMPLES
"""Most that one ``Speech`` carries."""
LATE_S = 5.0
"""A message of the speaker may be on its way for so long."""
LONGEST_GAP_SAMPLES = samples_of(1.0)
"""Frames lost for longer than this end the utterance; a shorter gap is filled with zeros."""


class HearingStage(PlainStage):
    """See the module.

    Args:
        run: begins the id of every utterance; random where it is not given.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        run: str = "",
    ) -> None:
        hearing = settings.hearing
        self._clock = clock
        self._run = run or secrets.token_hex(4)
        self._count = 0
        self._segmenting = segmenter.segmenting(hearing)
        self._tail = samples_of(hearing.echo_tail_ms / 1000)
        self._listen = samples_of(hearing.listen_s)
        self._word = None if hearing.wake in OPEN_EAR else WakeWord(hearing)
        self._activity = VoiceActivity(hearing)
        self._muted = False
        self._utterance = ""
        self._stop_only = False
        self._frame_at = self._since = 0.0
        self._frame_end = 0
        self._state = segmenter.State()
        self._ear = ears.Ear(always=self._word is None)
        self._file = ""
        self._trace = settings.trace
        self._sound: list[Int16] = []
        """Of the open utterance, where sounds are kept."""
        self._start_over()

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        """See ``Stage``."""
        match message:
            case m.Frame():
                yield from self._hear(message)
            case m.Played():
                if message.active and not self._is_old(message):
                    self._ear = ears.hear_answer(self._ear, self._state.position, self._tail)
            case m.Decided():
                if message.utterance == self._utterance:
                    yield from self._end("decided")
            case m.Expect():
                samples = samples_of(message.seconds)
                self._ear = ears.expect(self._ear, self._state.position, samples)
            case m.EndOfInput():
                ended = self._end("input")
                self._start_over()
                yield from ended
                yield message

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        """See ``Stage``: ``Mute`` closes the ear, ``Cancel`` gives the utterance up."""
        if isinstance(message, m.Cancel) and message.utterance == self._utterance:
            yield from self._end("cancelled")
        elif isinstance(message, m.Mute) and message.on != self._muted:
            self._muted = message.on
            given_up = self._give_up()
            self._start_over()
            yield from given_up
            yield m.Event(kind="muted", sample=self._state.position, facts={"on": message.on})

    def _start_over(self) -> None:
        """As if nothing had been heard yet: what comes next is another room or recording."""
        self._vad = self._activity.start()
        self._waking = self._word.start() if self._word else None
        self._ear = ears.Ear(always=self._word is None)
        self._state = segmenter.forget(self._state)
        self._speech = False
        self._fresh = True

    def _is_old(self, played: m.Played) -> bool:
        """It sounded before what is heard now began, and has been on its way since.

        Shortly before: the clocks of two machines have nothing in common.
        """
        return played.at > 0 and 0 < self._since - played.at < LATE_S

    def _hear(self, frame: m.Frame) -> list[m.Message]:
        samples, self._file = frame.samples, frame.file
        messages: list[m.Message] = []
        if self._fresh or self._muted:
            self._state = segmenter.forget(self._state, frame.sample)
            self._fresh, self._since = False, frame.at
        if frame.sample != self._state.position:
            messages += self._bridge(frame.sample)
        self._file = frame.file
        self._frame_at, self._frame_end = frame.at, frame.sample + samples.size
        if self._muted:
            return messages
        for start in range(0, samples.size, FRAME_SAMPLES):
            messages += self._hear_piece(samples[start : start + FRAME_SAMPLES])
        return messages

    def _hear_piece(self, samples: Int16) -> list[m.Message]:
        """At most 20 ms; less only at the end of a recording."""
        whole = samples
        if samples.size < FRAME_SAMPLES:
            whole = np.pad(samples, (0, FRAME_SAMPLES - samples.size))
        held = self._state.opened is not None
        sounding = ears.sounds(self._ear, self._state.position)
        self._vad, self._speech = self._activity.step(self._vad, whole, held)
        messages = self._advance(samples, self._speech)
        if self._waking is None or sounding:
            return messages
        assert self._word is not None
        self._waking, fired, score = self._word.step(self._waking, whole)
        return messages + self._wake_up(self._word.name, score) if fired else messages

    def _advance(self, samples: Int16, speech: bool) -> list[m.Message]:
        """One step of the segmenter, where the ear is open or an utterance is."""
        position = self._state.position
        self._ear = ears.pass_time(self._ear, position)
        if self._state.opened is None:
            if not ears.listens(self._ear, position):
                self._state = segmenter.ignore(self._segmenting, self._state, samples, speech)
                return []
            if 0 <= position - self._ear.sounding_until < samples.size:
                self._state = segmenter.forget(self._state)  # no echo into the pre-roll
        self._state, outputs = segmenter.step(self._segmenting, self._state, samples, speech)
        return self._messages(outputs)

    def _wake_up(self, word: str, score: float) -> list[m.Message]:
        position = self._state.position
        given_up = self._give_up()
        self._ear = ears.awake(self._ear, position, self._listen, word)
        since = position - LOOK_BACK_SAMPLES
        self._state, outputs = segmenter.awaken(self._segmenting, self._state, since)
        facts = {"wake": word, "score": round(score, 3)}
        listening = m.Event(kind="listening", sample=position, facts=facts)
        return [*given_up, listening, *self._messages(outputs)]

    def _bridge(self, sample: int) -> list[m.Message]:
        """Frames are missing before ``sample``, or the numbers begin anew."""
        messages: list[m.Message] = []
        missing = sample - self._state.position
        if missing > 0:
            facts = {"route": "capture -> hearing", "count": missing, "unit": "samples"}
            dropped = m.Event(kind="dropped", sample=sample, facts=facts, utterance=self._utterance)
            messages.append(dropped)
        if 0 < missing <= LONGEST_GAP_SAMPLES and self._state.opened is not None:
            while (size := min(sample - self._state.position, FRAME_SAMPLES)) > 0:
                messages += self._advance(np.zeros(size, np.int16), self._speech)
            return messages
        messages += self._end("silence")
        if missing < 0:
            self._ear = ears.renumber(self._ear, missing)
        self._state = segmenter.forget(self._state, sample)
        return messages

    def _give_up(self) -> list[m.Message]:
        """End the open utterance, if there is one, and have it dropped everywhere."""
        utterance = self._utterance
        ended = self._end("cancelled")
        return [m.Cancel(utterance=utterance), *ended] if ended else []

    def _end(self, reason: segmenter.Reason) -> list[m.Message]:
        self._state, outputs = segmenter.end(self._state, reason)
        return self._messages(outputs)

    def _messages(self, outputs: list[segmenter.Output]) -> list[m.Message]:
        messages: list[m.Message] = []
        for output in outputs:
            match output:
                case segmenter.Began():
                    messages += self._begin(output)
                case segmenter.Audio():
                    messages += self._pieces(output)
                case segmenter.Ended():
                    messages += self._finish(output)
        return messages

    def _begin(self, began: segmenter.Began) -> list[m.Message]:
        self._count += 1
        self._utterance = f"{self._run}-{self._count}"
        self._stop_only = ears.sounds(self._ear, self._state.position)
        wake = "" if self._stop_only else self._ear.wake
        at, sample = self._time_of(began.sample), began.sample
        message = m.SpeechBegan(
            utterance=self._utterance,
            sample=sample,
            at=at,
            file=self._file,
            wake=wake,
            stop_only=self._stop_only,
        )
        facts = {"file": self._file, "wake": wake, "stop_only": self._stop_only}
        event = m.Event(kind="began", utterance=self._utterance, sample=sample, at=at, facts=facts)
        return [message, event]

    def _pieces(self, audio: segmenter.Audio) -> list[m.Message]:
        pieces: list[m.Message] = []
        if self._trace.folder:
            self._sound.append(audio.samples)
        for start in range(0, audio.samples.size, PIECE_SAMPLES):
            piece = audio.samples[start : start + PIECE_SAMPLES]
            sample = audio.sample + start
            at = self._time_of(sample + piece.size)
            pieces.append(
                m.Speech(utterance=self._utterance, sample=sample, at=at, audio=piece.tobytes())
            )
        return pieces

    def _finish(self, ended: segmenter.Ended) -> list[m.Message]:
        utterance, self._utterance = self._utterance, ""
        if not self._stop_only:
            self._ear = ears.spend(self._ear, ended.speech)
        if ended.reason == "longest":
            again = ended.sample + self._segmenting.hangover
            self._ear = self._ear._replace(until=max(self._ear.until, again))
        now = self._clock()
        waited_ms = 1000 * max(now - self._time_of(ended.last_speech), 0.0)
        message = m.SpeechEnded(
            utterance=utterance,
            sample=ended.sample,
            at=now,
            reason=ended.reason,
            last_speech=ended.last_speech,
        )
        facts = {
            "reason": ended.reason,
            "last_speech": ended.last_speech,
            "endpoint_ms": round(waited_ms, 1),
        }
        event = m.Event(kind="ended", utterance=utterance, sample=ended.sample, at=now, facts=facts)
        return [message, event, *self._keep_sound(utterance)]

    def _keep_sound(self, utterance: str) -> list[m.Message]:
        """Write down what was heard, only where the user has asked for it."""
        sound, self._sound = self._sound, []
        if not sound:
            return []
        try:
            folder, most_mb = Path(self._trace.folder).expanduser(), self._trace.longest_mb
            write_sound(folder, utterance, np.concatenate(sound), most_mb)
        except AssistantError as error:
            return [m.Event(kind="error", facts={"message": str(error)})]
        return []

    def _time_of(self, sample: int) -> float:
        """Monotonic time of ``sample``, reckoned from the end of the last frame."""
        at = self._frame_at or self._clock()
        return at - (self._frame_end - sample) / SAMPLE_RATE_HZ
