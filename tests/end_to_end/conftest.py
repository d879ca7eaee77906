"""Sound servers for the tests that need real devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest

from assistant.audio.portaudio import SESSION

from .audio_server import AudioServer, PipeWireServer

Server = TypeVar("Server", bound=AudioServer)


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No user's configuration is read, and what is built for one daemon serves the next."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CONFIG", "CACHE", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))
        yield


@pytest.fixture(scope="module")
def audio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AudioServer]:
    """PulseAudio with a virtual speaker and microphone; programs get ``.environment``."""
    yield from _running(AudioServer(tmp_path_factory.mktemp("pulse")))


@pytest.fixture(scope="module")
def pipewire_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipeWireServer]:
    """PipeWire with the same devices."""
    if not PipeWireServer.is_installed():
        pytest.skip("PipeWire is not installed: apt install pipewire pipewire-pulse wireplumber")
    yield from _running(PipeWireServer(tmp_path_factory.mktemp("pipewire")))


@pytest.fixture
def devices(audio_server: AudioServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[AudioServer]:
    """PulseAudio's devices as the devices of this very process."""
    yield from _adopted(audio_server, monkeypatch)


@pytest.fixture
def pipewire_devices(
    pipewire_server: PipeWireServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PipeWireServer]:
    """PipeWire's devices as the devices of this very process."""
    yield from _adopted(pipewire_server, monkeypatch)


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _adopted(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    assert SESSION.renew(None, ask=False), "a stream of another test is still open"
    yield server
    assert SESSION.renew(None, ask=False), "the test has left a stream open"
