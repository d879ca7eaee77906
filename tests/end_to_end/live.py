"""A live daemon, as its own process, between a virtual microphone and a virtual speaker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from assistant import messages as m

from .audio_server import MICROPHONE, SPEAKER, AudioServer
from .conversation import COMMAND, Process, Watch, write_config, write_speech

INTENT = "Parrot"
QUIET_S = 0.7
"""After an answer nothing is acted on while its echo may be in the room."""
STORY = "Once upon a time there was a house by the sea. " * 2
SENTENCES = {
    "language": "en",
    "intents": {
        INTENT: {"data": [{"sentences": [COMMAND], "answer": COMMAND}]},
        "Story": {"data": [{"sentences": ["tell me a story"], "answer": STORY}]},
    },
}
"""The answer to the command is the command: whoever hears himself goes on for ever."""


class Live:
    """The daemon, its room, and a person in it."""

    def __init__(self, server: AudioServer, process: Process, watch: Watch, folder: Path) -> None:
        self.server, self.process, self.watch = server, process, watch
        self._folder = folder

    def say(self, text: str = COMMAND) -> subprocess.Popen[bytes]:
        """Begin to say ``text`` in the room."""
        path = self._folder / f"{text.replace(' ', '-')}.wav"
        return self.server.play(path if path.exists() else write_speech(path, text, gap_s=0.1))

    def understood(self) -> m.Event:
        """Say the command when it is quiet; the end of its answer."""
        self.watch.during(QUIET_S)
        self.say().wait()
        intent = self.watch.wait("intent")
        assert intent.facts["intent"] == INTENT, intent.facts
        return self.watch.until(lambda e: e.kind == "spoken" and e.utterance == intent.utterance)


@contextmanager
def living(
    server: AudioServer,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    pipeline: str = "",
) -> Iterator[Live]:
    """The daemon, ready; in the end it stops in order."""
    sentences = folder / "sentences.yaml"
    sentences.write_text(json.dumps(SENTENCES), encoding="utf-8")
    config = write_config(
        folder,
        capture={"source": "microphone", "device": MICROPHONE},
        understanding={"sentences": [str(sentences)], "skills": ["talk"]},
        playback={"device": SPEAKER, "pace": 1.0},
    )
    server.recorder().stop()  # sound flows
    process = Process(config, {**server.variables, **(environment or {})}, pipeline)
    try:
        watch = process.watch()
        process.wait_ready()
        yield Live(server, process, watch, folder)
        assert process.end() == 0, process.log
    finally:
        process.end()
