"""The live daemon in PipeWire's room."""

from __future__ import annotations

import pytest

from .audio_server import PipeWireServer
from .conversation import COMMAND, answer_sound, likeness
from .live import living


def test_what_is_said_in_the_room_is_answered_in_it(
    pipewire_server: PipeWireServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Under PipeWire as under PulseAudio: a command heard, its answer out of the speaker."""
    with living(pipewire_server, tmp_path_factory.mktemp("pipewire-live")) as live:
        recorder = live.server.recorder()
        assert live.understood().facts["outcome"] == "played"
        live.watch.during(0.5)
        assert likeness(recorder.stop(), recorder.rate_hz, answer_sound(COMMAND)) > 0.85
