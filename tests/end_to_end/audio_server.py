"""A private sound server with a virtual speaker and a virtual microphone.

PulseAudio or PipeWire, in a folder of its own, seen by PortAudio through ALSA's pulse
plug-in. What is played into ``ROOM`` is what ``MICROPHONE`` hears; what sounds from
``SPEAKER`` can be recorded or looped into the room.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

SPEAKER, ROOM, MICROPHONE = "bench_speaker", "bench_room", "bench_microphone"
RATE_HZ = 48_000
START_S = 15.0
Samples = npt.NDArray[np.int16]

ALSA = """
pcm.!default {{ type pulse server "{server}" hint {{ show on description "Default" }} }}
ctl.!default {{ type pulse server "{server}" }}
pcm.{speaker} {{
    type pulse server "{server}" device "{speaker}"
    hint {{ show on description "Virtual speaker" }}
}}
pcm.{microphone} {{
    type pulse server "{server}" device "{microphone}"
    hint {{ show on description "Virtual microphone" }}
}}
"""


class Block(NamedTuple):
    """A piece of a recording, and when it came in."""

    at: float
    samples: Samples


class AudioServer:
    """The server; ``environment`` leads programs to it. Its devices can be taken away.

    Null sinks fall asleep for two seconds at a time unless someone wants them quickly:
    a reader on each keeps them awake, as a sound card's clock would.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules: dict[str, str] = {}
        self._programs: list[subprocess.Popen[bytes]] = []
        self._keepers: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(mode=0o700, exist_ok=True)
        config = folder / "asound.conf"
        config.write_text(
            ALSA.format(server=self.address, speaker=SPEAKER, microphone=MICROPHONE),
            encoding="utf-8",
        )
        self.variables = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "pulse"),
            "PULSE_SERVER": self.address,
            "ALSA_CONFIG_PATH": str(config),
        }
        self.environment = {**os.environ, **self.variables}

    @property
    def address(self) -> str:
        """Where the native protocol of PulseAudio is spoken."""
        return f"unix:{self.folder / 'native'}"

    # -- the server itself ---------------------------------------------------------------

    def start(self) -> None:
        """Start it with all its devices."""
        self.start_server()
        for name in (SPEAKER, ROOM):
            self.load(name, "module-null-sink", f"sink_name={name}", f"rate={RATE_HZ}")
        # named, or the default would change with the devices and take recorders along with it
        self._set_default("sink", SPEAKER)
        self._set_default("source", f"{ROOM}.monitor")
        for name in (SPEAKER, ROOM):
            self._keep_awake(name)
        self.plug_microphone()

    def start_server(self) -> None:
        """The bare server."""
        module = f"module-native-protocol-unix auth-anonymous=1 socket={self.folder / 'native'}"
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--system=no"]
        self._launch([*command, "--disable-shm=true", "--use-pid-file=no", "-L", module])
        self.wait_until_there()

    def wait_until_there(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_S
        while self._pactl("info").returncode:
            assert time.monotonic() < deadline, "the sound server does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, at once, as a crash would; ``start`` brings it back."""
        programs = [*self._keepers.values(), *reversed(self._programs)]
        for program in programs:
            program.kill()
        for program in programs:
            program.wait()
        self._keepers.clear()
        self._programs.clear()
        self._modules.clear()

    def freeze(self) -> None:
        """It stands still: nobody gets an answer."""
        for program in self._programs:
            program.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        for program in self._programs:
            program.send_signal(signal.SIGCONT)

    # -- devices -------------------------------------------------------------------------

    def take_speaker(self) -> None:
        """The speaker takes no more sound, as a card that hangs. (One that is unplugged is of
        no use here: the server moves its streams to another device.)"""
        self._suspend("sink", SPEAKER, True)

    def give_speaker(self) -> None:
        """The speaker goes on."""
        self._suspend("sink", SPEAKER, False)

    def take_microphone(self) -> None:
        """The microphone gives no more sound."""
        self._suspend("source", MICROPHONE, True)

    def give_microphone(self) -> None:
        """The microphone goes on."""
        self._suspend("source", MICROPHONE, False)

    def plug_microphone(self) -> None:
        """Make the microphone known to the server."""
        ends = f"master={ROOM}.monitor", f"source_name={MICROPHONE}"
        self.load(MICROPHONE, "module-remap-source", *ends)

    def unplug_microphone(self) -> None:
        """Make it unknown: for programs that do not have it open yet."""
        self.unload(MICROPHONE)

    def _suspend(self, kind: str, name: str, on: bool) -> None:
        assert not self._pactl(f"suspend-{kind}", name, str(int(on))).returncode

    @contextmanager
    def loop(self) -> Iterator[None]:
        """The microphone hears the speaker."""
        ends = (f"source={SPEAKER}.monitor", f"sink={ROOM}", "latency_msec=20")
        self.load("loop", "module-loopback", *ends)
        try:
            yield
        finally:
            self.unload("loop")

    def load(self, name: str, *arguments: str) -> None:
        """Load a module; ``name`` is for ``unload``."""
        done = self._pactl("load-module", *arguments)
        assert not done.returncode, done.stderr.decode()
        self._modules[name] = done.stdout.decode().strip()

    def unload(self, name: str) -> None:
        """Unload a module."""
        assert not self._pactl("unload-module", self._modules.pop(name)).returncode

    def _set_default(self, kind: str, name: str) -> None:
        assert not self._pactl(f"set-default-{kind}", name).returncode

    # -- sound ---------------------------------------------------------------------------

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Begin to play a recording into the room."""
        return self._popen(["paplay", "--latency-msec=300", f"--device={ROOM}", str(path)])

    def play_samples(self, samples: Samples, rate_hz: int) -> subprocess.Popen[bytes]:
        """Begin to play ``samples`` into the room."""
        path = self.folder / f"played-{time.monotonic_ns()}.wav"
        soundfile.write(path, samples, rate_hz)
        return self.play(path)

    def recorder(
        self, source: str = f"{SPEAKER}.monitor", rate_hz: int = 16_000, latency_ms: int = 5
    ) -> Recorder:
        """A recorder of what the speaker (or another source) gives, one channel."""
        shape = ["--raw", "--format=s16le", "--channels=1", f"--rate={rate_hz}"]
        command = ["parec", f"--latency-msec={latency_ms}", f"--device={source}", *shape]
        return Recorder(self._popen(command), rate_hz)

    # -- programs ------------------------------------------------------------------------

    def _keep_awake(self, sink: str) -> None:
        command = ["parec", "--latency-msec=10", f"--device={sink}.monitor", "--raw"]
        self._keepers[sink] = self._popen([*command, os.devnull])

    def _launch(self, command: list[str]) -> None:
        self._programs.append(self._popen(command))

    def _popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        output = subprocess.PIPE if command[0] == "parec" else quiet
        return subprocess.Popen(
            command, env=self.environment, stdin=quiet, stdout=output, stderr=quiet
        )

    def _pactl(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["pactl", *arguments], env=self.environment, capture_output=True, timeout=START_S
        )


class PipeWireServer(AudioServer):
    """The same under PipeWire, with its session manager and its PulseAudio door."""

    def start_server(self) -> None:
        """pipewire, wireplumber and pipewire-pulse on a message bus of their own."""
        bus = f"unix:path={self.folder / 'bus'}"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        self._launch(["dbus-daemon", "--session", "--nofork", f"--address={bus}"])
        self._launch(["pipewire"])
        self._wait_for(self.folder / "pipewire-0")
        self._launch(["wireplumber"])
        self._launch(["pipewire-pulse"])
        self.wait_until_there()

    @property
    def address(self) -> str:
        """PipeWire chooses the place of its door itself."""
        return f"unix:{self.folder / 'pulse' / 'native'}"

    def _wait_for(self, path: Path) -> None:
        deadline = time.monotonic() + START_S
        while not path.exists():
            assert time.monotonic() < deadline, f"{path.name} does not appear"
            time.sleep(0.05)

    @staticmethod
    def is_installed() -> bool:
        """All its programs are there."""
        return all(map(shutil.which, ("pipewire", "wireplumber", "pipewire-pulse")))


class Recorder:
    """Records in a thread until it is stopped."""

    def __init__(self, program: subprocess.Popen[bytes], rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.blocks: list[Block] = []
        self._program = program
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self.blocks and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def samples(self) -> Samples:
        """Everything so far."""
        return np.concatenate([np.zeros(0, np.int16), *(block.samples for block in self.blocks)])

    def last_sound(self, level: int = 100) -> float:
        """Monotonic time of the last sample above ``level``; later than life, never earlier."""
        for block in reversed(self.blocks):
            loud = np.flatnonzero(np.abs(block.samples.astype(np.int32)) > level)
            if len(loud):
                return float(block.at - (len(block.samples) - 1 - loud[-1]) / self.rate_hz)
        return 0.0

    def stop(self) -> Samples:
        """End, and give everything."""
        self._program.send_signal(signal.SIGTERM)
        self._program.wait()
        self._thread.join(timeout=5)
        return self.samples

    def _read(self) -> None:
        assert self._program.stdout
        rest = b""
        while data := os.read(self._program.stdout.fileno(), 4096):
            rest += data
            whole = len(rest) - len(rest) % 2
            self.blocks.append(Block(time.monotonic(), np.frombuffer(rest[:whole], np.int16)))
            rest = rest[whole:]
