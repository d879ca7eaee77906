"""``assistant say``: speak a text, or write it into a file."""

from __future__ import annotations

import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant import messages as m
from assistant.commands.options import config_option, json_option, print_json, settings_of
from assistant.errors import AssistantError, AudioError, UsageError

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.playback.stage import PlaybackStage

LONGEST_INPUT_BYTES = 1 << 20
OPEN_S = 3.0
"""A speaker that is not there after so long is not waited for."""
PATIENCE_S = 30.0
"""The speaker may stand still for so long in the middle of the text."""
RANGE = click.FloatRange(0.3, 3.0)
_ANSWER = "say"


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="WAV file to be written instead of speaking.",
)
@click.option("--language", help="Language of the text, as en or es.")
@click.option("--speed", type=RANGE, help="1 is the voice's own, 2 twice as fast.")
@click.option("--pitch", type=RANGE, help="1 is the voice's own.")
@config_option
@json_option
def say(
    text: tuple[str, ...],
    output: Path | None,
    language: str | None,
    speed: float | None,
    pitch: float | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Speak TEXT, or standard input where TEXT is a single dash.

    \b
    Examples:
      assistant say Dinner is ready.
      assistant say --language es -o hola.wav Buenos días.
    """
    given = {"voice.speed": speed, "voice.pitch": pitch}
    chosen = {key: value for key, value in given.items() if value is not None}
    settings = settings_of(config, chosen)
    if settings.voice.engine == "none":
        raise UsageError("nothing can be spoken: voice.engine = 'none'; set it to 'espeak'")
    words = _read_input() if text == ("-",) else " ".join(text)
    wanted = m.Say(text=words, answer=_ANSWER, language=language or settings.understanding.language)
    made = _Made()
    _speak(settings, wanted, made, output)
    if len(words) > settings.voice.longest_characters:
        most = settings.voice.longest_characters
        click.echo(f"assistant: only the first {most} characters were spoken", err=True)
    if as_json:
        print_json({**made.facts(), "file": str(output or "")})


class _Made:
    """What has come out of the voice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.voice_ms = 0.0
        self.failed = ""

    def watch(self, messages: Iterator[m.Message]) -> Iterator[m.Message]:
        """``messages``, looked at in passing."""
        for message in messages:
            if isinstance(message, m.Chunk):
                self.seconds += message.samples.size / message.rate_hz
            elif isinstance(message, m.Event) and message.kind == "first chunk":
                self.voice_ms = message.facts["voice_ms"]
            elif isinstance(message, m.Event) and message.kind == "error":
                click.echo(f"assistant: {message.facts['message']}", err=True)
                self.failed = message.facts["message"] if "answer" in message.facts else ""
            yield message

    def facts(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"seconds": round(self.seconds, 3), "first_chunk_ms": self.voice_ms}


def _speak(settings: Settings, wanted: m.Say, made: _Made, output: Path | None) -> None:
    from assistant.voice.normalise import speakable
    from assistant.voice.stage import VoiceStage

    longest = settings.voice.longest_characters
    if next(speakable(wanted.text, wanted.language, longest), None) is None:
        raise UsageError("there is nothing to speak: expected words or numbers")
    with closing(VoiceStage(settings)) as voice:
        messages = made.watch(voice.handle(wanted))
        if output:
            _write(messages, output)
        else:
            _play(settings, messages)
    if made.failed:
        raise SystemExit(1)


def _read_input() -> str:
    data = sys.stdin.buffer.read(LONGEST_INPUT_BYTES + 1)
    if len(data) > LONGEST_INPUT_BYTES:
        raise UsageError("standard input: more than 1 MB of text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input: not UTF-8 text: byte {error.start}") from error


def _write(messages: Iterator[m.Message], path: Path) -> None:
    """Chunks into a WAV file as they come; nothing is left behind that is not whole."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            for message in messages:
                if isinstance(message, m.Chunk):
                    if message.first:
                        file.setframerate(message.rate_hz)
                    file.writeframes(message.audio)
        part.replace(path)
    except OSError as error:
        raise AudioError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _play(settings: Settings, messages: Iterator[m.Message]) -> None:
    """Through the playback stage, at its pace."""
    from assistant.playback.stage import PlaybackStage, new_outlet

    if settings.playback.device == "none" and not settings.playback.file:
        raise UsageError("no speaker: playback.device = 'none'; write a file with -o")
    outlet = new_outlet(settings)
    with closing(PlaybackStage(settings, outlet)) as playback:
        why = _tick_until(playback, lambda: outlet.is_open, OPEN_S)
        if not outlet.is_open:
            raise AudioError(f"no speaker: {why or 'none found'}; write a file with -o")
        for message in messages:
            if isinstance(message, m.Event):
                continue
            if not playback.accepts():
                _tick_until(playback, playback.accepts, PATIENCE_S)
            list(playback.handle(message))
        _finish(playback, settings.playback.patience_s + PATIENCE_S)


def _tick_until(playback: PlaybackStage, done: Callable[[], bool], patience_s: float) -> str:
    """Let time pass until ``done``; returns what the device had to say."""
    said = ""
    end = time.monotonic() + patience_s
    while not done() and time.monotonic() < end:
        for message in _tick(playback):
            if isinstance(message, m.Event) and message.kind == "device lost":
                said = str(message.facts.get("message", ""))
        if said:
            break
        time.sleep(0.005)
    return said


def _finish(playback: PlaybackStage, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        for message in _tick(playback):
            if isinstance(message, m.Spoken):
                if message.outcome != "played":
                    raise AssistantError("the speaker was lost before the end")
                time.sleep(max(message.at - time.monotonic(), 0.0))
                return
        time.sleep(0.01)
    raise AssistantError("the speaker does not take the sound")


def _tick(playback: PlaybackStage) -> list[m.Message]:
    return list(playback.handle(m.Tick(at=time.monotonic(), wall=time.time())))
