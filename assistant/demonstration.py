"""What the demonstration plays: commands made on the spot, and recordings of real people."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, ModelError
from assistant.resources import resource
from assistant.trace import Record

MADE = {
    "time": "what time is it",
    "timer": "set a pizza timer for ten minutes",
    "list": "add milk and eggs to my shopping list",
    "sum": "what is seventeen times twenty three",
    "translate": "how do you say thank you in spanish",
}
LIVE = (
    "set_a_timer_for_5_minutes",
    "timer_status",
    "turn_on_standing_light",
    "cancel_all_timers",
    "whats_the_date",
)
"""Recordings that are played in real time; the others are run through as fast as it goes."""


@dataclass(frozen=True)
class Recording:
    """A recording and what should come of it."""

    path: Path
    text: str
    intent: str = ""
    """Empty: none of the sentences, to be refused."""
    slots: dict[str, Any] = field(default_factory=dict)
    licence: str = ""

    def is_right(self, record: Record) -> bool:
        """Whether ``record`` has the intent and every slot."""
        slots = {name: slot["value"] for name, slot in record["slots"].items()}
        return bool(record["intent"] == self.intent and slots == self.slots)


def read_recordings(folder: Path | None = None, source: str = "home-commands") -> list[Recording]:
    """The commands among the recordings that come with the program, in the table's order."""
    folder = folder or resource("recordings")
    found = []
    with (folder / "recordings.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["source"] == source:
                slots = json.loads(row["slots"] or "{}")
                path = folder / row["file"]
                found.append(Recording(path, row["text"], row["intent"], slots, row["licence"]))
    return found


def make_commands(folder: Path) -> list[Recording]:
    """Speak the commands of ``MADE`` into WAV files with the voice that is installed.

    Raises:
        ModelError: no voice engine is installed.
    """
    import numpy as np
    import soundfile

    from assistant.config import Voice
    from assistant.voice.engines import open_engine

    engine = open_engine(Voice())
    try:
        made = []
        for number, (name, text) in enumerate(MADE.items()):
            path = folder / f"{number}-{name}.wav"
            sound = np.concatenate(list(engine.speak(text, "en", 0.9, 1.0)))
            soundfile.write(path, sound, engine.rate_hz)
            made.append(Recording(path, text))
        return made
    finally:
        engine.close()


def write_house(folder: Path) -> Path:
    """The example house as a sentence file whose commands are answered but switch nothing."""
    import yaml

    house = yaml.safe_load(resource("examples/home.yaml").read_text(encoding="utf-8"))
    for intent in house["intents"].values():
        intent.pop("action", None)
        for block in intent["data"]:
            block.pop("action", None)
    path = folder / "house.yaml"
    path.write_text(yaml.safe_dump(house, allow_unicode=True), encoding="utf-8")
    return path


def chosen(folder: Path) -> tuple[list[Recording], list[Recording], str]:
    """Recordings to be played live, the rest, and what is left out and why."""
    real = read_recordings()
    live = [recording for recording in real if recording.path.stem in LIVE]
    rest = [recording for recording in real if recording.path.stem not in LIVE]
    try:
        made = make_commands(folder)
    except ModelError as error:
        return live, rest, f"no commands made on the spot: {error}"
    return [*made, *live], rest, ""


def linked(recordings: list[Recording], folder: Path) -> dict[str, Recording]:
    """A folder that plays ``recordings`` in order; by the path that the events will name.

    Raises:
        AssistantError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True)
        links = {}
        for number, recording in enumerate(recordings):
            link = folder / f"{number:02}-{recording.path.name}"
            link.symlink_to(recording.path.resolve())
            links[str(link)] = recording
        return links
    except OSError as error:
        raise AssistantError(f"{folder}: cannot be written: {error.strerror}") from error
