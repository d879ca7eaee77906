"""The one door to PortAudio, and the only importer of sounddevice.

PortAudio lists the devices once, when it is initialised, and can only be initialised anew
while no stream is open. Microphone and speaker may share a process: whoever needs a fresh
list asks, whoever holds a stream makes room when that hurts nobody, and opens it again.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import sounddevice
from sounddevice import PortAudioError

from assistant.errors import AudioError

Kind = Literal["input", "output"]
COMMON_RATES_HZ = (48_000, 44_100, 32_000, 16_000, 8_000)
SANE_RATES_HZ = (8_000, 192_000)
ROOM_S = 1.0
"""So long a request for a fresh list holds, and so long others leave their streams closed."""
HOPELESS = {-9996, -9985}
"""Errors of PortAudio that no other format mends: no such device, device unavailable."""

Callback = Callable[[Any, int, Any, Any], None]


class Device(NamedTuple):
    """A device of PortAudio's list."""

    number: int
    name: str
    host: str
    """The system it is reached through: ALSA, Core Audio, …"""
    inputs: int
    outputs: int
    rate_hz: int

    def channels(self, kind: Kind) -> int:
        """How many it has in that direction."""
        return self.inputs if kind == "input" else self.outputs


class Opened(NamedTuple):
    """A started stream and what the device has agreed to."""

    stream: Any
    device: Device
    rate_hz: int
    channels: int


class Session:
    """PortAudio of this process: who holds a stream, and who asks for a fresh list."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holders: set[int] = set()
        self._asked_at = -ROOM_S

    def devices(self) -> list[Device]:
        """The list as it was when PortAudio was initialised last."""
        with self._lock:
            hosts = [host["name"] for host in sounddevice.query_hostapis()]
            return [_device(facts, hosts) for facts in sounddevice.query_devices()]

    def default(self, kind: Kind) -> Device | None:
        """The system's own choice; without one the first device there is."""
        devices = [device for device in self.devices() if device.channels(kind)]
        number = sounddevice.default.device[0 if kind == "input" else 1]
        chosen = [device for device in devices if device.number == number]
        return next(iter(chosen or devices), None)

    def find(self, wanted: str, kind: Kind) -> Device:
        """The device with number ``wanted``, or whose name is or contains it; empty: the default.

        Raises:
            AudioError: there is none.
        """
        what = "microphone" if kind == "input" else "speaker"
        usable = [device for device in self.devices() if device.channels(kind)]
        if not wanted:
            chosen = self.default(kind)
            if chosen is None:
                raise AudioError(f"no {what} found: connect one, or see `assistant devices`")
            return chosen
        for matches in _MATCHES:
            for device in usable:
                if matches(device, wanted):
                    return device
        names = ", ".join(repr(device.name) for device in usable) or "none"
        raise AudioError(f"no {what} {wanted!r}: there are {names}; see `assistant devices`")

    def open(
        self,
        holder: object,
        wanted: str,
        kind: Kind,
        latency_s: float,
        prepare: Callable[[int, int], Callback],
    ) -> Opened:
        """Open and start a stream at the device's own rate and channels.

        Args:
            holder: whoever will close it.
            prepare: is told rate in Hz and channels, and gives the callback.

        Raises:
            AudioError: no such device, or it refuses every format.
        """
        with self._lock, _quiet():
            device = self.find(wanted, kind)
            made = sounddevice.InputStream if kind == "input" else sounddevice.OutputStream
            fault = ""
            for rate_hz, channels in _formats(device, kind):
                stream = None
                try:
                    stream = made(
                        samplerate=rate_hz,
                        device=device.number,
                        channels=channels,
                        dtype="int16",
                        latency=latency_s,
                        callback=prepare(rate_hz, channels),
                    )
                    stream.start()
                except PortAudioError as error:
                    fault = str(error)
                    if stream is not None:  # opened, but it does not start
                        stream.close(ignore_errors=True)
                    if _code(error) in HOPELESS:
                        break
                    continue
                self._holders.add(id(holder))
                return Opened(stream, device, rate_hz, channels)
        raise AudioError(f"device {device.name!r} cannot be opened: {fault}")

    def close(self, holder: object, stream: Any) -> None:
        """Close a stream at once, also one whose device is gone."""
        with self._lock:
            self._holders.discard(id(holder))
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def room_wanted(self) -> bool:
        """Someone needs a fresh list: close what can be closed, for ``ROOM_S``."""
        return time.monotonic() - self._asked_at < ROOM_S

    def renew(self, holder: object, ask: bool) -> bool:
        """Make the list anew, or ``ask`` the others for room; whether it is fresh now."""
        with self._lock:
            if self._holders - {id(holder)}:
                self._asked_at = time.monotonic() if ask else self._asked_at
                return False
            self._asked_at = -ROOM_S
            try:
                with _quiet():
                    sounddevice._terminate()
                    sounddevice._initialize()
            except PortAudioError:
                return False
            return True


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """PortAudio and ALSA write pages to the terminal about a device that is merely absent."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _code(error: PortAudioError) -> int:
    return next((argument for argument in error.args if isinstance(argument, int)), 0)


def _device(facts: Any, hosts: list[str]) -> Device:
    return Device(
        number=facts["index"],
        name=facts["name"],
        host=hosts[facts["hostapi"]],
        inputs=facts["max_input_channels"],
        outputs=facts["max_output_channels"],
        rate_hz=round(facts["default_samplerate"]),
    )


_MATCHES: tuple[Callable[[Device, str], bool], ...] = (
    lambda device, wanted: wanted.isdecimal() and device.number == int(wanted),
    lambda device, wanted: device.name == wanted,
    lambda device, wanted: wanted.lower() in device.name.lower(),
)


def _formats(device: Device, kind: Kind) -> Iterator[tuple[int, int]]:
    """Rates and channel counts to try: the device's own rate first, two channels at most.

    A server's virtual device offers dozens of channels; a microphone array may offer
    nothing but all of its own.
    """
    most = device.channels(kind)
    channels = dict.fromkeys([min(most, 2), most, 1])
    for rate_hz in dict.fromkeys([device.rate_hz, *COMMON_RATES_HZ]):
        if SANE_RATES_HZ[0] <= rate_hz <= SANE_RATES_HZ[1]:
            for count in channels:
                yield rate_hz, count


SESSION = Session()
"""PortAudio is one to a process, and so is this."""

__all__ = ["SESSION", "Callback", "Device", "Kind", "Opened", "PortAudioError", "Session"]
