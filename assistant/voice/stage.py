"""The voice stage: answers in, chunks of sound out.

Sentence by sentence, and chunk by chunk as they are asked for: the first is on its way to
the speaker before the second sentence is made, and whoever stops taking chunks stops the
work. Answers are spoken in the order in which they come; an alarm that has to overtake
rings in playback, which puts alarms first.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from assistant import messages as m
from assistant.config import Settings
from assistant.errors import AssistantError
from assistant.pcm import Int16
from assistant.stage import PlainStage
from assistant.voice import silence
from assistant.voice.engines import VoiceEngine, open_engine
from assistant.voice.normalise import speakable

CACHED_SENTENCES = 64
CACHED_SECONDS = 6.0
"""Longer sentences are not kept."""
REMEMBERED_CANCELS = 64
STALE_S = 30.0
"""What waits here for longer than this behind a long answer is not known to be old."""


class VoiceStage(PlainStage):
    """See the module.

    Args:
        engine: instead of the one that the configuration names.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        engine: VoiceEngine | None = None,
    ) -> None:
        self._settings = settings.voice
        self._clock = clock
        self._engine = engine or open_engine(settings.voice)
        self._cache: OrderedDict[tuple[str, str], list[Int16]] = OrderedDict()
        self._unspoken: set[str] = set()
        self._cancelled: deque[str] = deque(maxlen=REMEMBERED_CANCELS)
        self._stopped_at = 0.0
        self._speaking = ""
        self._stop = False
        list(speakable("At 1:30.", "en", 99))  # loads the words for numbers before they are urgent

    def handle(self, message: m.Message) -> Iterator[m.Message]:
        """See ``Stage``."""
        if isinstance(message, m.Say):
            yield from self._say(message)
        elif isinstance(message, m.EndOfInput):
            yield message

    def interrupt(self, message: m.Message) -> Iterator[m.Message]:
        """See ``Stage``: ``Stop`` and ``Cancel`` abandon what is being made."""
        if isinstance(message, m.Stop):
            self._stop = True
            self._stopped_at = message.at
        elif isinstance(message, m.Cancel) and message.utterance:
            self._cancelled.append(message.utterance)
            self._stop = self._stop or message.utterance == self._speaking
        return iter(())

    def close(self) -> None:
        """See ``Stage``."""
        self._engine.close()

    def _say(self, say: m.Say) -> Iterator[m.Message]:
        began = self._clock()
        self._stop = self._is_stale(say)
        self._speaking = say.utterance
        first = True
        try:
            for audio in () if self._stop else self._audio(say):
                if isinstance(audio, m.Event):
                    yield audio
                    continue
                yield m.Chunk(
                    utterance=say.utterance,
                    answer=say.answer,
                    rate_hz=self._engine.rate_hz,
                    priority=say.priority,
                    first=first,
                    audio=audio.tobytes(),
                )
                if first:
                    yield self._first_chunk(say, began)
                first = False
                if self._stop:
                    break
        except (AssistantError, OSError, RuntimeError, ValueError) as error:
            facts = {"message": f"the answer could not be spoken: {error}", "answer": say.answer}
            yield m.Event(kind="error", utterance=say.utterance, facts=facts)
        finally:
            self._speaking = ""
        yield m.ChunkEnd(utterance=say.utterance, answer=say.answer)

    def _is_stale(self, say: m.Say) -> bool:
        """It was meant shortly before the last stop, or its utterance was cancelled.

        Shortly: the clocks of two machines have nothing in common.
        """
        before_stop = say.at > 0 and 0 < self._stopped_at - say.at < STALE_S
        return before_stop or say.utterance in self._cancelled

    def _first_chunk(self, say: m.Say, began: float) -> m.Event:
        voice_ms = round(1000 * (self._clock() - began), 2)
        facts = {"answer": say.answer, "voice_ms": voice_ms}
        return m.Event(kind="first chunk", utterance=say.utterance, facts=facts)

    def _audio(self, say: m.Say) -> Iterator[Int16 | m.Event]:
        """Chunks of all sentences, with a short pause between them."""
        rate_hz = self._engine.rate_hz
        sounded = False
        for sentence, language in speakable(
            say.text, say.language, self._settings.longest_characters
        ):
            if event := self._missing_voice(language, say.utterance):
                yield event
            if sounded:
                yield from silence.pause(rate_hz)
            for chunk in self._sentence(sentence, language):
                sounded = True
                yield chunk

    def _missing_voice(self, language: str, utterance: str) -> m.Event | None:
        """Tells, once for each language, that the default voice stands in."""
        if language in self._unspoken or self._engine.speaks(language):
            return None
        if len(self._unspoken) < 1000:
            self._unspoken.add(language)
        text = f"no voice for the language {language[:20]!r}: the default voice reads it"
        return m.Event(kind="error", utterance=utterance, facts={"message": text})

    def _sentence(self, sentence: str, language: str) -> Iterator[Int16]:
        """Trimmed chunks, from the cache or the engine; only what is whole is kept."""
        key = (sentence, language)
        if key in self._cache:
            self._cache.move_to_end(key)
            yield from self._cache[key]
            return
        kept: list[Int16] = []
        samples = 0
        settings, rate_hz = self._settings, self._engine.rate_hz
        made = self._engine.speak(sentence, language, settings.speed, settings.pitch)
        try:
            for chunk in silence.trim(made, rate_hz):
                samples += chunk.size
                if samples <= CACHED_SECONDS * rate_hz:
                    kept.append(chunk)
                yield chunk
        finally:
            if isinstance(made, Iterator) and hasattr(made, "close"):
                made.close()
        if samples <= CACHED_SECONDS * rate_hz:
            self._cache[key] = kept
            while len(self._cache) > CACHED_SENTENCES:
                self._cache.popitem(last=False)
