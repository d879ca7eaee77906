"""The system's mixer, PulseAudio or PipeWire: volume, mute, and other players' loudness.

All calls run on a thread of their own with a time limit: a sound server that hangs costs
the caller ``LIMIT_S`` once and is refused at once until it answers again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from assistant.errors import SkillError

LIMIT_S = 1.5
SAME = 0.005
"""Levels (1 is 100 %) that differ by less are one: the server keeps them in 16 bits."""
Result = TypeVar("Result")


class Level(msgspec.Struct, frozen=True):
    """The loudness of the default sink."""

    percent: int
    muted: bool


class Ducked(msgspec.Struct, frozen=True):
    """One player's stream that has been made quieter."""

    index: int
    player: str
    """The process that plays, or the application's name where that is not known."""
    before: list[float]
    """Level of each channel before; 1 is 100 %."""
    after: list[float]


class Mixer:
    """The mixer of the running sound server; connects for each call."""

    def __init__(self, server: str | None = None) -> None:
        self._server = server
        self._last: Future[Any] | None = None

    def level(self) -> Level:
        """How loud the default sink is.

        Raises:
            SkillError: there is no sound server, or it does not answer; also below.
        """
        return self._call(lambda pulse: _level(pulse.sink_default_get()))

    def set_level(self, percent: float) -> Level:
        """To ``percent``, 0 to 100; a muted sink is heard again."""
        return self._call(lambda pulse: _set(pulse, percent))

    def change_level(self, percent: float) -> Level:
        """Louder, or (negative) quieter."""
        return self._call(
            lambda pulse: _set(pulse, _level(pulse.sink_default_get()).percent + percent)
        )

    def set_muted(self, muted: bool) -> Level:
        """Mute or unmute the default sink."""

        def act(pulse: Any) -> Level:
            pulse.mute(pulse.sink_default_get(), muted)
            return _level(pulse.sink_default_get())

        return self._call(act)

    def duck(self, factor: float) -> list[Ducked]:
        """Make every other player quieter by ``factor``, without a wait for the longest."""
        return self._call(lambda pulse: _duck(pulse, factor))

    def restore(self, ducked: list[Ducked]) -> None:
        """Undo ``duck``, except where somebody has moved the volume since."""
        self._call(lambda pulse: _restore(pulse, ducked))

    def _call(self, act: Callable[[Any], Result]) -> Result:
        """Run ``act`` on a thread that may be left behind, also when the program ends."""
        if self._last is not None and not self._last.done():
            raise SkillError("The sound mixer does not answer.")
        future: Future[Result] = Future()
        self._last = future
        threading.Thread(target=self._run, args=(act, future), daemon=True).start()
        try:
            return future.result(LIMIT_S)
        except LateError as error:
            raise SkillError("The sound mixer does not answer.") from error

    def _run(self, act: Callable[[Any], Result], future: Future[Result]) -> None:
        try:
            future.set_result(self._connected(act))
        except Exception as error:  # handed to the caller, whatever it is
            future.set_exception(error)

    def _connected(self, act: Callable[[Any], Result]) -> Result:
        try:
            import pulsectl  # loads libpulse, which a machine without sound server may lack
        except (ImportError, OSError) as error:
            raise SkillError("This machine has no sound mixer that I know.") from error
        try:
            with pulsectl.Pulse("assistant", server=self._server, connect=False) as pulse:
                pulse.connect(autospawn=False)
                return act(pulse)
        except pulsectl.PulseError as error:
            raise SkillError("I cannot reach the sound mixer.") from error


def _level(sink: Any) -> Level:
    return Level(round(sink.volume.value_flat * 100), bool(sink.mute))


def _set(pulse: Any, percent: float) -> Level:
    sink = pulse.sink_default_get()
    pulse.volume_set_all_chans(sink, min(100.0, max(0.0, percent)) / 100)
    if sink.mute:
        pulse.mute(sink, False)
    return _level(pulse.sink_default_get())


def _duck(pulse: Any, factor: float) -> list[Ducked]:
    ducked = []
    for stream in pulse.sink_input_list():
        if _is_ours(stream):
            continue
        before = list(stream.volume.values)
        after = [level * factor for level in before]
        stream.volume.values = after
        pulse.volume_set(stream, stream.volume)
        ducked.append(Ducked(stream.index, _player(stream), before, after))
    return ducked


def _restore(pulse: Any, ducked: list[Ducked]) -> None:
    """Also streams in the place of a ducked one (the next song): they inherit its level."""
    streams = {stream.index: stream for stream in pulse.sink_input_list()}
    orphans = {entry.player: entry for entry in ducked if entry.index not in streams}
    by_index = {entry.index: entry for entry in ducked}
    for index, stream in streams.items():
        entry = by_index.get(index) or orphans.get(_player(stream))
        if entry is None or not _same(list(stream.volume.values), entry.after):
            continue
        stream.volume.values = entry.before
        pulse.volume_set(stream, stream.volume)


def _same(one: list[float], other: list[float]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) < SAME for a, b in zip(one, other, strict=True)
    )


def _player(stream: Any) -> str:
    properties = stream.proplist
    return str(properties.get("application.process.id") or properties.get("application.name", ""))


def _is_ours(stream: Any) -> bool:
    """Whether the daemon itself plays it, in this process or in one of its stages'."""
    player = stream.proplist.get("application.process.id", "")
    if not player.isdigit():
        return False
    family = {os.getpid(), os.getppid()}
    if int(player) in family:
        return True
    return _parent(int(player)) in family and _program(int(player)) == _program(os.getpid())


def _parent(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[1])


def _program(process: int) -> str:
    try:
        return os.readlink(f"/proc/{process}/exe")
    except OSError:
        return ""
