"""Every setting: its type, unit, default and bounds.

``config.toml`` is read over the defaults, the environment over the file
(``ASSISTANT__CAPTURE__DEVICE=usb``). All faults are reported at once, each with its key,
its value and what was expected. A stage is handed the whole ``Settings`` and reads its
own section.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import ConfigError

APP = "assistant"
ENVIRONMENT_PREFIX = "ASSISTANT__"
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Placement = Annotated[str, Field(pattern=r"^(thread|process|tcp://[^\s:]+:\d+)$")]


EXPECTED = {
    "string_type": "expected text",
    "string_pattern_mismatch": "expected thread, process or tcp://host:port",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "list_type": "expected a list",
    "dict_type": "expected a table",
    "model_type": "expected a table, as [section] with keys below it",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected {le} or less",
    "multiple_of": "expected a multiple of {multiple_of}",
}
"""What is said of pydantic's kinds of fault; of others its own words."""
SHOWN_CHARACTERS = 80
"""Of a wrong value."""


def _number_as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


Device = Annotated[str, BeforeValidator(_number_as_text)]
"""A device's number may be written as one."""


class Section(BaseModel):
    """A table of ``config.toml``; unknown keys are faults, and so is text for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Pipeline(Section):
    """Where each stage runs: ``thread``, ``process``, or ``tcp://host:port`` of another machine."""

    capture: Placement = "thread"
    hearing: Placement = "thread"
    recognition: Placement = "thread"
    understanding: Placement = "thread"
    translation: Placement = "thread"
    voice: Placement = "thread"
    playback: Placement = "thread"


class Bus(Section):
    """Sockets, keys and supervision."""

    folder: str = ""
    """Folder of the sockets; empty: ``assistant`` in the user's runtime directory."""
    keys: str = ""
    """Folder of the CURVE keys for tcp; empty: ``keys`` beside the user's configuration."""
    control: str = ""
    """A tcp address on which the control channel is offered too, always with CURVE."""
    join: str = ""
    """The ``control`` address of the daemon that this one is a part of, run with ``--stages``
    on another machine: interrupts, the mute and events are shared with it."""
    beat_s: float = Field(default=0.5, ge=0.01, le=60)
    """A stage's heartbeat."""
    patience_beats: int = Field(default=20, ge=2, le=1000)
    """Heartbeats that may be missing before a stage counts as hanging; a stage gives one
    between any two messages it yields."""
    start_s: Seconds = 60.0
    """Time that a stage may take to become ready."""
    restarts: int = Field(default=5, ge=0, le=1000)
    """Restarts of one stage within ``restart_window_s`` before the daemon gives up."""
    restart_window_s: Seconds = 60.0
    stop_s: Seconds = 2.0
    """Time for an ordered shutdown before processes are killed."""


class Capture(Section):
    """The microphone."""

    source: str = "microphone"
    """``microphone``, a WAV file, a folder of them, or ``-``: WAV or raw samples on standard
    input."""
    device: Device = ""
    """Part of the device's name, or its number; empty: the system's default."""
    channel: int = Field(default=0, ge=0, le=64)
    """Number of the device's channel that is heard, from 1; 0: the mean of all."""
    pace: float = Field(default=1.0, ge=0, le=100)
    """Speed at which files are read, 1 as in life; 0: as fast as the stages can."""
    gap_s: Seconds = 1.0
    """Silence behind each file."""
    ring_s: Seconds = 2.0
    """Length of the ring buffer."""
    lost_s: Seconds = 0.7
    """Without a callback for so long the device counts as lost and is opened again."""
    silent_s: Seconds = 10.0
    """Exact zeros for so long are told as ``silent input``."""


class Hearing(Section):
    """From frames to utterances."""

    vad: Literal["webrtc", "silero"] = "webrtc"
    aggressiveness: int = Field(default=2, ge=0, le=3)
    """webrtc only: 0 takes most for speech, 3 least."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """silero only: probability from which a frame is speech."""
    onset_ms: Milliseconds = 100
    """Speech within the last 200 ms that begins an utterance."""
    preroll_ms: Milliseconds = 300
    """Audio before the onset that is recognised too."""
    hangover_ms: Milliseconds = 480
    """Silence that ends an utterance."""
    longest_s: Seconds = 20.0
    """An utterance is ended after so long."""
    wake: str = "okay_nabu"
    """``none``; ``phrase``: the text begins with one of ``wake_phrases``; or the name of a
    pymicro-wakeword model: okay_nabu, hey_jarvis, hey_mycroft, alexa."""
    wake_phrases: list[str] = ["computer"]
    wake_threshold: float = Field(default=0.0, ge=0, le=1)
    """0: the model's own."""
    echo_tail_ms: Milliseconds = 250
    """The echo of an answer is in the room for so long after its end; more for Bluetooth."""
    listen_s: Seconds = 6.0
    """After a wake word an utterance may begin for so long."""


class Recognition(Section):
    """From utterances to words."""

    engine: Literal["onnx", "torch"] = "onnx"
    model: str = ""
    """Folder with weights; empty: the one that is shipped."""
    threads: int = Field(default=1, ge=1, le=64)
    chunk_ms: int = Field(default=160, ge=40, le=320, multiple_of=40)
    """Audio for one step of the encoder."""
    beam: int = Field(default=120, ge=1, le=2000)
    """Hypotheses kept in the open search."""
    blank_penalty: float = Field(default=2.0, ge=0, le=10)
    """Nats taken from the blank in each frame of the searches: higher, and more is heard."""
    open_weight: float = Field(default=1.8, ge=0, le=10)
    """Weight of the general language model's base-10 logarithms."""
    open_word_score: float = Field(default=-0.7, ge=-10, le=10)
    """Nats added for each word of the open search: higher, and it hears more, shorter words."""
    commands_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of how likely a sentence is among the active ones."""
    pronunciations: dict[str, list[str]] = {}
    """Own words: ``ecobee = ["IY K OW B IY"]``; spelling alone is enough for most."""


class Understanding(Section):
    """From words to actions."""

    language: str = "en"
    sentences: list[str] = []
    """Further sentence files or folders, the user's own."""
    skills: list[str] = ["*"]
    """Built-in and installed skills that are on; ``*``: all of them."""
    confidence: float = Field(default=0.35, ge=0, le=1)
    """Below it a command is not acted on."""
    costly_confidence: float = Field(default=0.6, ge=0, le=1)
    """The same for commands whose sentences say ``costly: true``."""
    confirm_s: Seconds = 8.0
    """After a question, as "Shall I really do that?", yes or no is awaited for so long."""
    state: str = ""
    """Folder for timers, lists and notes; empty: the user's state directory."""
    not_understood: Literal["say", "earcon", "silent"] = "say"
    act: bool = True
    """False: tell what is understood, do and answer nothing."""
    tick_s: Seconds = 0.1


class Translation(Section):
    """The interpreter."""

    engine: Literal["apertium", "none"] = "apertium"
    timeout_s: Seconds = 5.0


class Voice(Section):
    """From answers to sound."""

    engine: Literal["espeak", "none"] = "espeak"
    name: str = ""
    """Voice of the engine; empty: the language's default."""
    speed: float = Field(default=1.0, ge=0.3, le=3)
    pitch: float = Field(default=1.0, ge=0.3, le=3)
    longest_characters: int = Field(default=5000, ge=1)


class Playback(Section):
    """The speaker."""

    device: Device = ""
    """Part of the device's name, or its number; empty: the system's default; ``none``: none."""
    file: str = ""
    """Write the answers into this WAV file instead; a folder: one file an answer."""
    pace: float = Field(default=1.0, ge=0, le=100)
    """Speed at which a file, or no speaker, takes the answers, 1 as in life; 0: at once."""
    buffer_ms: Milliseconds = 30
    """Audio that the device is given ahead."""
    lost_s: Seconds = 0.7
    patience_s: Seconds = 10.0
    """An answer waits so long for a lost speaker, then counts as lost."""
    duck_db: float = Field(default=-20.0, ge=-90, le=0)
    """Level of the answer while someone speaks over it."""


class Trace(Section):
    """What is kept of each utterance for ``explain --last`` and ``replay``."""

    utterances: int = Field(default=100, ge=0, le=100_000)
    """Kept in memory."""
    folder: str = ""
    """Sound and trace of each utterance are written here too; empty: never."""
    longest_mb: int = Field(default=100, ge=1)
    """The oldest are deleted above it."""


class Mqtt(Section):
    """Broker for the action ``mqtt``."""

    host: str = ""
    port: int = Field(default=1883, ge=1, le=65535)
    user: str = ""
    password_file: str = ""


class HomeAssistant(Section):
    """Server for the action ``home_assistant``."""

    url: str = ""
    token_file: str = ""


class Settings(Section):
    """The whole of ``config.toml``."""

    pipeline: Pipeline = Pipeline()
    bus: Bus = Bus()
    capture: Capture = Capture()
    hearing: Hearing = Hearing()
    recognition: Recognition = Recognition()
    understanding: Understanding = Understanding()
    translation: Translation = Translation()
    voice: Voice = Voice()
    playback: Playback = Playback()
    trace: Trace = Trace()
    mqtt: Mqtt = Mqtt()
    home_assistant: HomeAssistant = HomeAssistant()

    @property
    def runtime_folder(self) -> Path:
        """Where the sockets are; without a runtime directory of the session in ``/tmp``."""
        session = os.environ.get("XDG_RUNTIME_DIR")
        inner = Path(session) / APP if session else Path(f"/tmp/{APP}-{os.getuid()}")
        return Path(self.bus.folder) if self.bus.folder else inner

    @property
    def state_folder(self) -> Path:
        """Where timers, lists and notes are kept."""
        return Path(self.understanding.state or platformdirs.user_state_path(APP))

    @property
    def keys_folder(self) -> Path:
        """Where the CURVE keys are."""
        return Path(self.bus.keys or platformdirs.user_config_path(APP) / "keys")


def default_path() -> Path:
    """The user's configuration file, whether it is there or not."""
    return Path(platformdirs.user_config_path(APP)) / "config.toml"


def read_settings(
    path: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then ``path`` (or the user's file if it is there), environment, ``overrides``.

    Args:
        overrides: dotted keys, as ``{"capture.source": "x.wav"}``.

    Raises:
        ConfigError: with every fault found, one a line.
    """
    values = _read_file(path)
    where: dict[tuple[str, ...], str] = {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            keys = tuple(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"))
            _put(values, keys, _parse(text))
            where[keys] = name
    for dotted, value in (overrides or {}).items():
        _put(values, tuple(dotted.split(".")), value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        source = str(path or default_path())
        raise ConfigError([_sentence(fault, source, where) for fault in error.errors()]) from error


def _read_file(path: Path | None) -> dict[str, Any]:
    if path is None and not default_path().exists():
        return {}
    chosen = path or default_path()
    try:
        return tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{chosen}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{chosen}: not valid TOML: {error}"]) from error


def _put(values: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        values = inner
    values[keys[-1]] = value


def _parse(text: str) -> Any:
    """A TOML value where it is one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _sentence(fault: Any, source: str, where: Mapping[tuple[str, ...], str]) -> str:
    keys = tuple(str(key) for key in fault["loc"])
    place = where.get(keys, source)
    if fault["type"] == "extra_forbidden":
        return f"{place}: {'.'.join(keys)}: unknown key; {_neighbours(keys)}"
    value = repr(fault["input"])
    shown = value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…"
    said = fault["msg"].replace("Input should be", "expected", 1)
    if fault["type"] in EXPECTED:
        said = EXPECTED[fault["type"]].format(**fault.get("ctx", {}))
    return f"{place}: {'.'.join(keys)} = {shown}: {said}"


def _neighbours(keys: tuple[str, ...]) -> str:
    section: Any = Settings
    for key in keys[:-1]:
        section = section.model_fields[key].annotation
    return "known are " + ", ".join(section.model_fields)
