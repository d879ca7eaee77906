"""The live daemon in PulseAudio's room: heard, answered, alone with itself, without its devices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from assistant.pcm import level_db

from .audio_server import AudioServer
from .conversation import COMMAND, answer_sound, likeness
from .live import Live, living


@pytest.fixture(scope="module")
def live(audio_server: AudioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One daemon for all tests of this file."""
    with living(audio_server, tmp_path_factory.mktemp("live")) as live:
        yield live


def test_what_is_said_in_the_room_is_answered_in_it(live: Live) -> None:
    """Said into the microphone: understood, and the answer's words come out of the speaker."""
    recorder = live.server.recorder()
    spoken = live.understood()
    assert spoken.facts["outcome"] == "played"
    live.watch.during(0.5)
    sound = recorder.stop()
    loud = np.flatnonzero(np.abs(sound.astype(int)) > 300)
    assert level_db(sound[loud[0] : loud[-1]]) > -40
    assert likeness(sound, 16_000, answer_sound(COMMAND)) > 0.85
    record = live.watch.records[spoken.utterance]
    assert record["text"] == COMMAND
    assert 300 < record["spans"]["total"] < 5000
    assert not live.watch.told("dropped") and not live.watch.told("error")


def test_no_answer_triggers_another(live: Live) -> None:
    """Its own voice in the microphone, saying a command: heard, and not acted on."""
    with live.server.loop():
        before = len(live.watch.events)
        live.understood()
        after = live.watch.during(5)
    events = live.watch.events[before:]
    assert [e.kind for e in events].count("answer") == 1
    assert not [e for e in after if e.kind == "answer"]
    echo = [e for e in events if e.kind == "began" and e.facts["stop_only"]]
    assert echo, "the loop carries the answer to the microphone"


def test_stop_is_heard_over_an_answer(live: Live) -> None:
    """Said while an answer sounds, "stop" alone is acted on: the speaker falls silent."""
    live.process.ask("send", text="tell me a story")
    live.watch.wait("sounding")
    live.watch.during(0.5)
    live.say("stop").wait()
    spoken = live.watch.wait("spoken", timeout_s=8)
    assert spoken.facts["outcome"] == "stopped"
    live.understood()


def test_a_microphone_taken_away_in_mid_sentence(live: Live) -> None:
    """Told when lost and when found again; what is said next is understood."""
    player = live.say()
    live.watch.wait("began")
    live.server.take_microphone()
    lost = live.watch.wait("device lost")
    assert lost.stage == "capture"
    player.wait()
    live.server.give_microphone()
    found = live.watch.wait("device found")
    assert found.stage == "capture"
    live.understood()


def test_a_microphone_that_the_server_forgets(live: Live) -> None:
    """Its module unloaded and loaded again, in whatever way the server gets over it."""
    live.server.unplug_microphone()
    live.watch.during(2.0)
    live.server.plug_microphone()
    live.watch.during(2.0)
    live.understood()


def test_a_speaker_taken_away_in_mid_answer(live: Live) -> None:
    """Told when lost and when found again; the answer is told as played or as lost, and the next
    one sounds."""
    live.process.ask("send", text="tell me a story")
    live.watch.wait("sounding")
    live.watch.during(0.5)
    live.server.take_speaker()
    lost = live.watch.wait("device lost")
    assert lost.stage == "playback"
    live.server.give_speaker()
    found = live.watch.wait("device found")
    assert found.stage == "playback"
    assert live.watch.wait("spoken").facts["outcome"] in {"played", "lost"}
    recorder = live.server.recorder()
    live.understood()
    live.watch.during(0.5)
    assert likeness(recorder.stop(), 16_000, answer_sound(COMMAND)) > 0.85


@pytest.mark.slow
def test_a_sound_server_that_stands_still_in_mid_answer(live: Live) -> None:
    """Stopped for three seconds, so that neither device takes or gives anything: the daemon stays
    reachable, and afterwards hears and answers."""
    live.process.ask("send", text="tell me a story")
    live.watch.wait("sounding")
    live.server.freeze()
    live.watch.during(3.0)
    assert live.process.ask("status")["ready"]
    live.server.thaw()
    lost = {live.watch.wait("device lost").stage, live.watch.wait("device lost").stage}
    assert lost == {"capture", "playback"}
    live.watch.wait("spoken")
    live.watch.during(1.0)
    live.understood()
