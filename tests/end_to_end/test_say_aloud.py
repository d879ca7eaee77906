"""``assistant say`` through a real sound server."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from assistant.pcm import level_db

from .audio_server import AudioServer


def test_a_text_is_heard_to_its_end(audio_server: AudioServer) -> None:
    """The default speaker gives the words, all of them, and the command ends with them."""
    recorder = audio_server.recorder()
    environment = {**audio_server.environment, "XDG_CONFIG_HOME": os.devnull}
    command = [sys.executable, "-m", "assistant", "say", "The kettle boils. Tea is ready."]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    sound = recorder.stop()
    loud = np.flatnonzero(np.abs(sound.astype(int)) > 300)
    assert level_db(sound[loud[0] : loud[-1]]) > -40
    assert 1.5 < (loud[-1] - loud[0]) / 16_000 < 5.0
