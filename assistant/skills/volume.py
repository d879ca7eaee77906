"""The loudness of the system, and of other players while somebody speaks to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from assistant.errors import SkillError
from assistant.messages import Final, Message, Partial, SpeechBegan, Tick
from assistant.neighbours.mixer import Ducked, Level, Mixer
from assistant.skills.api import Call, Outcome, Skill, Surroundings

STEP_PERCENT = 10.0
DUCK_FACTOR = 0.3
LONGEST_DUCK_S = 30.0
"""Players are restored after so long, whatever was or was not heard."""


class Volume(Skill):
    """Set, change and tell the volume; duck other players while listening."""

    name = "volume"

    def __init__(self, surroundings: Surroundings, mixer: Mixer | None = None) -> None:
        super().__init__(surroundings)
        self._mixer = mixer or Mixer()
        self._path = surroundings.state / "ducked.json"
        self._ducked_until: float | None = None
        self._ducked = _read(self._path)
        if self._ducked:
            self._restore()

    def set(self, call: Call) -> Outcome:
        """To ``percent``, or to ``level`` of ten."""
        if "level" in call.slots:
            return _told(self._mixer.set_level(float(call.value("level")) * 10))
        return _told(self._mixer.set_level(float(call.value("percent"))))

    def up(self, call: Call) -> Outcome:
        """Louder by ``percent``, or by a step."""
        return _told(self._mixer.change_level(float(call.value("percent", STEP_PERCENT))))

    def down(self, call: Call) -> Outcome:
        """Quieter by ``percent``, or by a step."""
        return _told(self._mixer.change_level(-float(call.value("percent", STEP_PERCENT))))

    def mute(self, call: Call) -> Outcome:
        """Silence; nothing is said, for nobody would hear it."""
        self._mixer.set_muted(True)
        return Outcome(text="")

    def unmute(self, call: Call) -> Outcome:
        """Sound again."""
        return _told(self._mixer.set_muted(False))

    def level(self, call: Call) -> Outcome:
        """How loud it is."""
        return _told(self._mixer.level())

    def receive(self, message: Message) -> Iterator[Outcome]:
        """Duck when an utterance for us begins, restore when it is over."""
        if self._is_for_us(message):
            self._duck()
        elif isinstance(message, Final) or self._overdue(message):
            self._restore()
        return iter(())

    def close(self) -> None:
        """Leave no player quiet."""
        self._restore()

    def _is_for_us(self, message: Message) -> bool:
        """Only with a wake word or phrase: without, music that sings would duck itself."""
        hearing = self.surroundings.settings.hearing
        if isinstance(message, SpeechBegan):
            return bool(message.wake)
        if not isinstance(message, Partial) or hearing.wake == "none":
            return False
        return hearing.wake != "phrase" or message.text.startswith(tuple(hearing.wake_phrases))

    def _overdue(self, message: Message) -> bool:
        if not isinstance(message, Tick) or not self._ducked:
            return False
        if self._ducked_until is None:
            self._ducked_until = message.at + LONGEST_DUCK_S
        return message.at >= self._ducked_until

    def _duck(self) -> None:
        """What is ducked is remembered on the disk too: a crash must leave no player quiet."""
        if self._ducked:
            return
        try:
            self._ducked = self._mixer.duck(DUCK_FACTOR)
        except SkillError:
            return  # no mixer, nothing to duck: the command itself matters more
        self._ducked_until = None
        if self._ducked:
            _write(self._path, self._ducked)

    def _restore(self) -> None:
        ducked, self._ducked = self._ducked, []
        if not ducked:
            return
        try:
            self._mixer.restore(ducked)
        except SkillError:
            return  # the players have gone with their server
        with suppress(OSError):  # else it is restored once more at the next start: no harm
            self._path.unlink(missing_ok=True)


def _told(level: Level) -> Outcome:
    return Outcome(variant="muted" if level.muted else "level", facts={"percent": level.percent})


def _read(path: Path) -> list[Ducked]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Ducked])
    except (OSError, msgspec.MsgspecError):
        return []


def _write(path: Path, ducked: list[Ducked]) -> None:
    """Not flushed to the disk: the players would not outlive a power cut either."""
    try:
        path.write_bytes(msgspec.json.encode(ducked))
    except OSError:
        return  # only a crash in the next seconds would miss it
