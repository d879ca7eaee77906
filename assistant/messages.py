"""Every message on the bus and their one codec.

A message is a header frame (JSON, readable in any debugger) and, for audio, a second
frame with the raw samples, uncopied. ``utterance`` is the id that a turn carries from the
first sample to the last of its answer; ``sample`` the position on the microphone's sample
clock at which the message became true; ``at`` the monotonic time of the same in seconds.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np

from assistant.errors import BusError
from assistant.pcm import Int16

VERSION = 1


class Word(msgspec.Struct, frozen=True):
    """A recognised word; times in seconds on the sample clock."""

    word: str
    start: float
    end: float
    confidence: float = 1.0


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """One hypothesis of a search."""

    text: str
    words: list[Word] = []
    score: float = 0.0
    """Natural-log score of the search, comparable within one ``search`` only."""
    confidence: float = 0.0
    """0 to 1: how much of the sound this explains, against the free decode."""
    search: Literal["commands", "open", "typed"] = "open"


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """What all messages have."""

    utterance: str = ""
    sample: int = 0
    at: float = 0.0


class AudioMessage(Message, frozen=True, kw_only=True):
    """A message whose samples travel in a second frame."""

    audio: bytes = b""
    """int16, mono, little endian."""

    @property
    def samples(self) -> Int16:
        """The audio as an array, not copied."""
        return np.frombuffer(self.audio, dtype=np.int16)


# -- capture -> hearing ---------------------------------------------------------------


class Frame(AudioMessage, frozen=True, kw_only=True):
    """20 ms of the microphone, 16 kHz; ``sample`` is its first."""

    xruns: int = 0
    """Overflows the device has reported since the last frame."""
    file: str = ""
    """The recording that serves as microphone."""


class EndOfInput(Message, frozen=True, kw_only=True):
    """The recording that serves as microphone is over; ``sample`` is one past its last.

    Travels the whole circle (capture, hearing, recognition, understanding, voice,
    playback, capture) behind everything that the recording caused; when it is back, all
    that the recording led to is over, and capture begins the next one.
    """

    file: str = ""


# -- hearing -> recognition -----------------------------------------------------------


class SpeechBegan(Message, frozen=True, kw_only=True):
    """An utterance begins; ``sample`` is the first of its pre-roll."""

    file: str = ""
    wake: str = ""
    """Wake phrase or word that opened the utterance, if any."""
    stop_only: bool = False
    """An answer is playing: nothing but "stop" is acted on."""


class Speech(AudioMessage, frozen=True, kw_only=True):
    """Audio of the utterance, in order, without gaps; ``sample`` is its first."""


class SpeechEnded(Message, frozen=True, kw_only=True):
    """No more audio follows; ``sample`` is one past the last that was sent."""

    reason: Literal["silence", "longest", "decided", "input", "cancelled"] = "silence"
    last_speech: int = 0
    """One past the last sample of speech, where the silence began."""


# -- recognition -> understanding, hearing ----------------------------------------------


class Partial(Message, frozen=True, kw_only=True):
    """What has been understood so far; replaced by the next."""

    text: str
    stable: int = 0
    """How many of the first words will not change any more."""


class Final(Message, frozen=True, kw_only=True):
    """The end of an utterance, also of one in which nothing was recognised (no text)."""

    text: str
    words: list[Word] = []
    alternatives: list[Alternative] = []
    """Best first; hypotheses of the command search and of the open one."""
    confidence: float = 0.0
    began: int = 0
    """First sample of speech."""
    ended: int = 0
    """One past the last sample of speech."""
    spans: dict[str, float] = {}
    """Milliseconds: ``endpoint``, ``recognition``."""
    wake: str = ""
    stop_only: bool = False
    file: str = ""


class Decided(Message, frozen=True, kw_only=True):
    """The utterance is over: nothing that follows can change the result."""


# -- understanding -> recognition, hearing ------------------------------------------------


class Grammar(Message, frozen=True, kw_only=True):
    """The word-level grammar in force; ``understanding.grammar`` writes the file."""

    path: str
    digest: str
    """SHA-256 of the file, in hexadecimal."""


class Bias(Message, frozen=True, kw_only=True):
    """Words and phrases the open search shall favour."""

    phrases: list[str]


class Expect(Message, frozen=True, kw_only=True):
    """Listen on for ``seconds`` without the wake phrase."""

    seconds: float


# -- understanding <-> translation ---------------------------------------------------------


class Translate(Message, frozen=True, kw_only=True):
    """Translate ``text``; the answer is a ``Translation`` with the same ``number``."""

    text: str
    source: str = "en"
    target: str
    number: int = 0


class Translation(Message, frozen=True, kw_only=True):
    """A translation, or the sentence that says why there is none."""

    text: str = ""
    target: str = ""
    number: int = 0
    error: str = ""
    done: bool = True


# -- understanding -> voice -> playback ------------------------------------------------------


class Say(Message, frozen=True, kw_only=True):
    """Speak ``text``. Answers are spoken one after another, alarms before answers."""

    text: str
    answer: str
    """Id of this answer; its chunks carry it."""
    language: str = "en"
    priority: Literal["answer", "alarm"] = "answer"
    interruptible: bool = True


class Chunk(AudioMessage, frozen=True, kw_only=True):
    """At most 100 ms of an answer's audio at ``rate_hz``."""

    answer: str
    rate_hz: int
    priority: Literal["answer", "alarm"] = "answer"
    first: bool = False


class ChunkEnd(Message, frozen=True, kw_only=True):
    """The answer has no more audio."""

    answer: str


class Ring(Message, frozen=True, kw_only=True):
    """Start (``on``) or end the ringing of an alarm or timer; it sounds until ended."""

    name: str
    on: bool = True


class Earcon(Message, frozen=True, kw_only=True):
    """A short sign: listening, not understood, …"""

    name: Literal["listening", "done", "error"]


# -- playback -> hearing, understanding --------------------------------------------------------


class Played(AudioMessage, frozen=True, kw_only=True):
    """20 ms that the speaker has just been given, at 16 kHz: the echo reference."""

    active: bool = False
    """An answer, alarm or earcon is sounding."""


class Spoken(Message, frozen=True, kw_only=True):
    """An answer is over: played to its end, stopped, or lost with its device."""

    answer: str
    outcome: Literal["played", "stopped", "lost"] = "played"


# -- interrupts, never queued behind audio --------------------------------------------------------


class Stop(Message, frozen=True, kw_only=True):
    """Silence at once: what sounds is dropped, what is being made is abandoned."""

    scope: Literal["answer", "all"] = "all"
    """``all`` ends alarms and ringing too."""


class Duck(Message, frozen=True, kw_only=True):
    """Lower the voice of the answer while someone speaks."""


class Resume(Message, frozen=True, kw_only=True):
    """End of ``Duck``."""


class Cancel(Message, frozen=True, kw_only=True):
    """Data of ``utterance`` is dropped wherever it still is."""


class Mute(Message, frozen=True, kw_only=True):
    """Close (``on``) or open the microphone."""

    on: bool


# -- the runner's own --------------------------------------------------------------------------


class Tick(Message, frozen=True, kw_only=True):
    """Time passes; sent to a stage that asks for it. ``at`` is monotonic, ``wall`` is not."""

    wall: float
    """Seconds since the epoch: for alarms and answers, never for deciding about audio."""


State = Literal["starting", "ready", "failed", "stopped"]
"""Of a stage."""


class Beat(Message, frozen=True, kw_only=True):
    """Heartbeat of a stage to the supervisor."""

    stage: str
    state: State = "ready"
    detail: str = ""
    permanent: bool = False
    """Failed for a reason that trying again does not mend, as a wrong path."""


class Halt(Message, frozen=True, kw_only=True):
    """The supervisor ends one stage."""

    stage: str


class Reload(Message, frozen=True, kw_only=True):
    """The supervisor has one stage made anew with other settings."""

    stage: str
    settings: dict[str, Any]
    """The whole of ``config.Settings`` as JSON."""


class Event(Message, frozen=True, kw_only=True):
    """Everything worth seeing, for the tap: ``facts`` is ready for JSON."""

    kind: str
    stage: str = ""
    facts: dict[str, Any] = {}


# -- client <-> daemon ----------------------------------------------------------------------------


class Request(Message, frozen=True, kw_only=True):
    """A command of a client to the daemon."""

    command: str
    arguments: dict[str, Any] = {}


class Reply(Message, frozen=True, kw_only=True):
    """The daemon's answer; ``error`` is a sentence when ``ok`` is false."""

    ok: bool = True
    facts: dict[str, Any] = {}
    error: str = ""


AnyMessage = (
    Frame | EndOfInput | SpeechBegan | Speech | SpeechEnded | Partial | Final | Decided
    | Grammar | Bias | Expect | Translate | Translation | Say | Chunk | ChunkEnd | Ring | Earcon
    | Played | Spoken | Stop | Duck | Resume | Cancel | Mute | Tick | Beat | Halt | Reload | Event
    | Request | Reply
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyMessage)


def encode(message: Message) -> list[bytes]:
    """The frames of ``message``: version, header and, for audio, the samples."""
    version = b"%d" % VERSION
    if isinstance(message, AudioMessage):
        bare = msgspec.structs.replace(message, audio=b"")
        return [version, _encoder.encode(bare), message.audio]
    return [version, _encoder.encode(message)]


def decode(frames: list[bytes]) -> Message:
    """The message in ``frames``.

    Raises:
        BusError: another version, unknown type or field, wrong type of a value, odd audio.
    """
    if len(frames) < 2 or frames[0] != b"%d" % VERSION:
        version = frames[0][:16] if frames else b""
        raise BusError(f"message of version {version!r}, expected {VERSION}: update both ends")
    try:
        message: Message = _decoder.decode(frames[1])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BusError(f"message that does not validate: {error}") from error
    if not isinstance(message, AudioMessage):
        return message
    if len(frames) != 3 or len(frames[2]) % 2:
        raise BusError(f"{type(message).__name__} without whole int16 samples in its second frame")
    return msgspec.structs.replace(message, audio=frames[2])
