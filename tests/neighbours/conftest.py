"""Real neighbours for the tests: a broker, a session bus and a sound server of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

WAIT_S = 10.0


def wait_for(ready: Callable[[], bool], what: str) -> None:
    """Until ``ready``; fails after ``WAIT_S``."""
    until = time.monotonic() + WAIT_S
    while not ready():
        assert time.monotonic() < until, f"no {what} after {WAIT_S} s"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[int]:
    """Debian's mosquitto on a free port; yields the port."""
    port = free_port()
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    process = subprocess.Popen(
        [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: _answers(port), "broker")
    yield port
    end(process)


@pytest.fixture
def session_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A private D-Bus session; ``DBUS_SESSION_BUS_ADDRESS`` names it."""
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    address = process.stdout.readline().decode().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    end(process)


@pytest.fixture(scope="session")
def pulse_server() -> Iterator[str]:
    """A private PulseAudio with a null sink; yields the address of its socket."""
    with tempfile.TemporaryDirectory(prefix="pulse") as folder:
        sock = f"{folder}/native"
        environment = {**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        environment.pop("PULSE_SERVER", None)
        process = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                "-L", f"module-native-protocol-unix socket={sock} auth-anonymous=1",
                "-L", "module-null-sink sink_name=speaker",
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda: _sinks(sock), "sound server")
        yield f"unix:{sock}"
        end(process)


def _sinks(sock: str) -> bool:
    listed = subprocess.run(
        ["pactl", "--server", f"unix:{sock}", "list", "short", "sinks"],
        capture_output=True,
        check=False,
    )
    return b"speaker" in listed.stdout


@pytest.fixture
def playing(pulse_server: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a player of endless noise in a session of its own, as a user's player is."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ["paplay", "--server", pulse_server, "--raw", "--volume=40000", "/dev/zero"],
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)
