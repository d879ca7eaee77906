"""espeak-ng in this process, through the library that espeakng-loader brings.

A formant synthesiser a thousand times faster than life: 12 words take some 3 ms, so a
sentence (at most ``sentences.LONGEST_PIECE`` characters) is made in one call, which is
quicker than handing its pieces from thread to thread, and is handed out in chunks. The
library keeps one voice for the whole process and is not re-entrant: all engines share it
behind a lock. It is GPL-3.0-or-later, hence optional.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.pcm import Int16

CHUNK_S = 0.08
DEFAULT_LANGUAGE = "en-us"
LONGEST_AUDIO_S = 120.0
"""A sentence's audio is ended there: a bound for a slow voice and a long number."""

_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_SYNCHRONOUS: no sound card; the callback is called within espeak_Synth."""
_DO_NOT_EXIT = 0x8000
_UTF8, _END_PAUSE = 1, 0x1000
_RATE, _PITCH = 1, 3
_WORDS_PER_MINUTE, _MIDDLE_PITCH = 170, 50
_BUFFER_MS = 100
_VOICES = {"en": "en-us", "zh": "cmn", "zh-cn": "cmn", "zh-tw": "cmn", "pt": "pt-br", "no": "nb"}
"""Languages whose voice goes by another name, or of which one accent is preferred."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Library:
    """The one instance of the library in this process."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise ModelError(
                "voice.engine = 'espeak': the package espeakng-loader is missing; "
                "pip install 'assistant[espeak]', or set voice.engine = 'none'"
            ) from error
        self.lock = threading.Lock()
        self._pieces: list[Int16] = []
        self._left = 0
        try:
            self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
            path = espeakng_loader.get_data_path().encode()
        except (OSError, RuntimeError) as error:
            raise ModelError(f"voice.engine = 'espeak': cannot be loaded: {error}") from error
        rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, path, _DO_NOT_EXIT)
        if rate_hz <= 0:
            raise ModelError(f"voice.engine = 'espeak': no voices in {path.decode()}; reinstall it")
        self.rate_hz = int(rate_hz)
        self._callback = _Callback(self._receive)  # kept: the library holds a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)
        self._voice = ""

    def choose(self, voice: str) -> bool:
        """Speak with ``voice`` from now on, if there is such a one."""
        if voice != self._voice:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                self._voice = ""
                return False
            self._voice = voice
        return True

    def speak(self, text: str, words_per_minute: int, pitch: int) -> Int16:
        """All the audio of ``text``, at ``rate_hz``."""
        self._pieces, self._left = [], int(LONGEST_AUDIO_S * self.rate_hz)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        flags = _UTF8 | _END_PAUSE
        code = self._library.espeak_Synth(data, len(data), 0, 1, 0, flags, None, None)
        pieces, self._pieces = self._pieces, []
        if code != 0:
            raise ModelError(
                f"voice.engine = 'espeak': cannot speak {len(text)} characters: {code}"
            )
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def _receive(self, wave: Any, samples: int, _events: int | None) -> int:
        if wave and samples > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (samples,)).astype(np.int16))
            self._left -= samples
        return 0 if self._left > 0 else 1


@cache
def _library() -> _Library:
    return _Library()


class Espeak:
    """See the module.

    Args:
        name: of the voice, as ``en-us`` or ``en-us+f3``; empty: the language's own.

    Raises:
        ModelError: the package is missing or damaged, or there is no such voice.
    """

    def __init__(self, name: str = "") -> None:
        self._library = _library()
        self._name = name
        self.rate_hz = self._library.rate_hz
        with self._library.lock:
            if not self._library.choose(name or DEFAULT_LANGUAGE):
                raise ModelError(
                    f"voice.name = {name!r}: espeak-ng has no such voice; "
                    "expected a language as en-us, with a variant as en-us+f3 if you like"
                )
            self._library.speak("a", _WORDS_PER_MINUTE, _MIDDLE_PITCH)  # loads the voice's data

    def speak(self, sentence: str, language: str, speed: float, pitch: float) -> Iterator[Int16]:
        """See ``VoiceEngine``: chunks of 80 ms."""
        with self._library.lock:
            if not self._library.choose(self._voice(language)):
                self._library.choose(self._name or DEFAULT_LANGUAGE)
            rate = min(max(round(_WORDS_PER_MINUTE * speed), 80), 450)
            height = min(max(round(_MIDDLE_PITCH * pitch), 0), 99)
            audio = self._library.speak(sentence, rate, height)
        step = int(CHUNK_S * self.rate_hz)
        return (audio[start : start + step] for start in range(0, audio.size, step))

    def speaks(self, language: str) -> bool:
        """See ``VoiceEngine``."""
        with self._library.lock:
            return self._library.choose(self._voice(language))

    def close(self) -> None:
        """The library stays for others in this process."""

    def _voice(self, language: str) -> str:
        """The configured voice for its own language, its variant for the others."""
        own, plus, variant = self._name.partition("+")
        language = language.lower()
        if own and own.split("-")[0] == language.split("-")[0]:
            return self._name
        voice = _VOICES.get(language, language)
        return voice + plus + variant
